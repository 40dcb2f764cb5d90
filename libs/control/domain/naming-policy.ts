/** The naming of topics as the platform judges it: the rules are those of `#libs/naming`, which brokers run as well; the failures are ours. */
import { compileNamingPolicy, evaluateName, NamingPolicyFailure, proposeName, type CompiledNamingPolicy, type NameProposal, type NameVerdict, type NamingPolicyInput } from '#libs/naming';
import { ControlFailure } from './errors.catalogue.js';

export {
  decideOnName, evaluateName, namingLimits, namingModes, namingTemplates, parseTemplate, defaultRule, defaultExemptionPatterns,
  type CompiledNamingPolicy, type NameVerdict, type NamingMode, type NamingPolicy, type NamingPolicyInput, type NamingTemplate, type PartVerdict,
} from '#libs/naming';

/** `pointer` is where in the request's body the policy stands. */
export function checkNamingPolicy(input: NamingPolicyInput, pointer = ''): CompiledNamingPolicy {
  try {
    return compileNamingPolicy(input);
  } catch (error) {
    if (!(error instanceof NamingPolicyFailure)) throw error;
    throw new ControlFailure('invalid_naming_policy', error.message, { source: { pointer: pointer + error.pointer } });
  }
}

/** A verdict with what the name could be instead; the proposal of one that fits is the name itself. */
export interface CheckedName extends NameVerdict { proposal: NameProposal }

export const judgeName = (compiled: CompiledNamingPolicy, topicName: string): CheckedName => ({ ...evaluateName(compiled, topicName), proposal: proposeName(compiled, topicName) });
