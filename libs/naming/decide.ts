/** What happens to a topic of a name at its creation: the one decision that platform and brokers share. */
import { evaluateName, explainVerdict } from './evaluate.js';
import type { CompiledNamingPolicy } from './policy.js';
import { proposeName } from './propose.js';

/** `message` says which parts are wrong, what would be right, and a name that fits. */
export type NamingDecision = { outcome: 'allowed' } | { outcome: 'warned' | 'refused'; message: string };

/** Null: no policy. `proposal: false` leaves the dearest part out, for whoever asks about very many names at once. */
export function decideOnName(compiled: CompiledNamingPolicy | null, topicName: string, options: { proposal: boolean } = { proposal: true }): NamingDecision {
  if (compiled === null || compiled.policy.mode === 'off') return { outcome: 'allowed' };
  const verdict = evaluateName(compiled, topicName);
  if (verdict.fits) return { outcome: 'allowed' };
  const proposal = options.proposal ? proposeName(compiled, topicName).topicName : null;
  return { outcome: compiled.policy.mode === 'warn' ? 'warned' : 'refused', message: explainVerdict(verdict, compiled.policy.template, proposal) };
}
