/**
 * Rules for topic names, pure: the platform judges by them and so do brokers, which must agree. Policies are data (`policy.ts`), patterns run in linear time
 * (`pattern.ts`), a name is judged part by part (`evaluate.ts`) and a fitting one proposed (`propose.ts`).
 */
export { namingLimits } from './naming.limits.js';
export { NamingPolicyFailure } from './naming.errors.js';
export { compileNamingPolicy, namingModes, parseTemplate, type CompiledNamingPolicy, type NamingExemptions, type NamingMode, type NamingPart, type NamingPolicy, type NamingPolicyInput } from './policy.js';
export { evaluateName, explainVerdict, type NameVerdict, type PartVerdict } from './evaluate.js';
export { decideOnName, type NamingDecision } from './decide.js';
export { proposeName, type NameProposal } from './propose.js';
export { defaultExemptionPatterns, defaultRule, namingTemplates, type NamingTemplate } from './templates.js';
