import { ControlFailure, controlLimits } from '#libs/control/domain';

/** Rules that several resources share. */
export function displayName(text: string, pointer = '/display_name', lengthMax = controlLimits.displayNameLengthMax): string {
  const invalid = (message: string): ControlFailure => new ControlFailure('invalid_display_name', message, { source: { pointer } });
  if (text.trim() === '') throw invalid('the display name is empty');
  if (text.length > lengthMax) throw invalid(`the display name has ${text.length} characters; at most ${lengthMax} are allowed`);
  if (/\p{Cc}/u.test(text)) throw invalid('the display name holds a control character');
  return text;
}

export function description(text: string, pointer = '/description'): string {
  if (text.length > controlLimits.descriptionLengthMax) {
    throw new ControlFailure('invalid_description', `the description has ${text.length} characters; at most ${controlLimits.descriptionLengthMax} are allowed`, { source: { pointer } });
  }
  if (text.includes('\0')) throw new ControlFailure('invalid_description', 'the description holds a NUL character', { source: { pointer } });
  return text;
}

/** To be called behind the organization's lock, in the transaction that inserts. */
export function withinQuota(present: number, max: number, what: string): void {
  if (present >= max) throw new ControlFailure('quota_exceeded', `the quota of ${max} ${what} is used up`);
}
