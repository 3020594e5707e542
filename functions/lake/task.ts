import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** What a schedule asks of the lake function. */
export const LakeTask = Type.Union([
  Type.Object({ task: Type.Literal('merge'), table: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
  Type.Object(
    {
      task: Type.Literal('upkeep'),
      table: Type.String({ minLength: 1 }),
      /** Rows that arrived longer ago are forgotten. */
      retention_days: Type.Integer({ minimum: 1 }),
    },
    { additionalProperties: false },
  ),
]);
export type LakeTask = Static<typeof LakeTask>;

/** What CloudFormation asks when the stack is made, changed or taken away, and where it waits for the answer. */
export const StackRequest = Type.Object({
  RequestType: Type.Union([Type.Literal('Create'), Type.Literal('Update'), Type.Literal('Delete')]),
  ResponseURL: Type.String({ pattern: '^https://' }),
  StackId: Type.String(),
  RequestId: Type.String(),
  LogicalResourceId: Type.String(),
});
export type StackRequest = Static<typeof StackRequest>;

const task = Compile(LakeTask);
const stackRequest = Compile(StackRequest);

export const isStackRequest = (input: unknown): input is StackRequest => stackRequest.Check(input);

/** @throws TypeError when the function was called with neither; what it was called with is not in the message. */
export function readTask(input: unknown): LakeTask {
  if (task.Check(input)) return input;
  throw new TypeError('The lake function takes {task: "merge", table} or {task: "upkeep", table, retention_days}.');
}
