import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const anna = { 'x-operator': 'anna' };
const declare = (action: string, identifiers: readonly unknown[], headers: Record<string, string> = {}) =>
  server.post(`/api/identity/${action}`, { identifiers, reason: `${action}: the customer called us` }, headers);

describe('the audit', () => {
  it('has a row for each declaration, newest first, without personal values', async () => {
    await server.collect('server', { type: 'identify', userId: 'z1', traits: { phone: '13800138009' } });
    const body = { identifiers: ['user_id:z1', 'phone:138 0013 8009'], reason: 'said 13800138009 is not his, li@b.cn' };
    await server.post('/api/identity/unbind', body, anna);
    await server.post('/api/identity/bind', { ...body, reason: 'it was his after all' }, anna);
    const { one_id } = await server.person({ identifier: 'user_id:z1' });
    const { audit } = (await server.get(`/api/audit?person=${one_id}`)).json;
    expect(
      audit.map(({ action, actor, why }: { action: string; actor: string; why: string }) => [action, actor, why]),
    ).toEqual([
      ['bind', 'anna', 'it was his after all'],
      ['unbind', 'anna', expect.stringMatching(/^said t1\.\S+ is not his, t1\.\S+$/)],
    ]);
    expect(audit[0]).toMatchObject({
      identifiers: ['user_id:z1', expect.stringMatching(/^phone:t1\./)],
      source_id: 'operators',
      outcome: 'taken_in',
    });
    expect((await server.get('/api/audit?identifier=phone:13800138009')).json.audit).toEqual(audit);
    expect((await server.get(`/api/audit?person=${one_id}&limit=1`)).json.audit).toEqual([audit[0]]);
    expect(
      await server.sql(`SELECT action, count(*) FROM audit WHERE owner = 'user_id:z1' GROUP BY action ORDER BY 1`),
    ).toEqual([
      ['bind', 1],
      ['unbind', 1],
    ]);
    const text = JSON.stringify(await server.sql('SELECT * FROM audit'));
    expect(text).not.toMatch(/13800138009|8009|li@b\.cn/);
  });

  it('does not take one identifier for another that begins like it', async () => {
    await declare('bind', ['user_id:y1', 'user_id:y10'], anna);
    await declare('bind', ['user_id:y10', 'user_id:y11'], anna);
    expect((await server.get('/api/audit?identifier=user_id:y1')).json.audit).toHaveLength(1);
  });

  it('keeps the release of an identifier in the trail of the person that had it', async () => {
    const trail = async (identifier: string): Promise<string[]> => {
      const { one_id } = await server.person({ identifier });
      const { audit } = (await server.get(`/api/audit?person=${one_id}`)).json;
      return audit.map(({ action }: { action: string }) => action);
    };
    await server.collect('server', { type: 'identify', userId: 'w1', traits: { phone: '13800138011' } });
    await declare('unbind', ['phone:13800138011'], anna);
    expect(await trail('user_id:w1')).toEqual(['unbind']);
    // What is done later about the number and its next owner is no business of the first.
    await declare('bind', ['phone:13800138011', 'user_id:w2'], anna);
    expect(await trail('user_id:w1')).toEqual(['unbind']);
    expect(await trail('user_id:w2')).toEqual(['bind', 'unbind']);
  });

  it('says who and why in the explanation of a person', async () => {
    await server.collect('server', [
      { type: 'track', event: 'Signed In', userId: 'x1', anonymousId: 'c-x1' },
      { type: 'track', event: 'Signed In', userId: 'x2', anonymousId: 'c-x2' },
    ]);
    await declare('merge', ['user_id:x1', 'user_id:x2'], anna);
    const { one_id } = await server.person({ identifier: 'user_id:x1' });
    const path = `/api/persons/${one_id}/explain?from=anonymous_id:c-x1&to=user_id:x2`;
    const { path: chain, same_person } = (await server.get(path)).json;
    expect(same_person).toBe(true);
    const merge = chain.find(({ kind }: { kind: string }) => kind === 'manual');
    expect(merge).toMatchObject({ declared: { by: 'anna', why: 'merge: the customer called us' }, verified: true });
    expect(merge.sentence).toMatch(
      /^anna declared user_id:x1 and user_id:x2 one person \(.* UTC, verified\): "merge: .* us"\.$/,
    );
    expect(chain[0].sentence).toMatch(
      /^anonymous_id:c-x1 and user_id:x1 were named together at a login in source server \(/,
    );

    await declare('unmerge', ['user_id:x1', 'user_id:x2'], anna);
    await declare('split', ['user_id:x1', 'user_id:x2'], { 'x-operator': 'bob' });
    const after = (await server.get(path)).json;
    expect(after).toMatchObject({ same_person: false, path: [] });
    const refused = after.rejected.find(({ kind }: { kind: string }) => kind === 'manual');
    expect(refused).toMatchObject({ reason: 'retracted', declared: { by: 'anna' } });
    expect(refused.sentence).toContain('It joins nothing: ');
    expect(after.apart).toEqual([expect.objectContaining({ kind: 'split', holds: true })]);
    expect(after.apart[0].sentence).toMatch(/^bob keeps user_id:x1 and user_id:x2 apart/);

    await declare('merge', ['user_id:x1', 'user_id:x2'], anna);
    const again = (await server.get(path)).json;
    expect(again).toMatchObject({ same_person: true, apart: [{ kind: 'split', holds: false }] });
    expect(again.apart[0].sentence).toContain('overruled by a later bind or merge.');
  });
});
