import { refuse } from '../../functions/collect/answer.ts';
import type { ReasonCode } from '../../schemas/reasons.ts';

/** What is answered before the collector's function is reached, in the very words and fields of the function. */
export const refusalBody = (reason: ReasonCode, detail: string): string => refuse({ reason, field: '', detail }).body;
