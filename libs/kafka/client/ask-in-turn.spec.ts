import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { askInTurn } from './ask-in-turn.js';

let env: TestEnv;
let asked: string[];
beforeEach(() => {
  env = createTestEnv();
  asked = [];
});

type Answers = Readonly<Record<string, { afterMs: number; fails?: string } | undefined>>;

function ask(answers: Answers, patienceMs: number | null = 100): { told: () => string } {
  let told = '';
  askInTurn(env, Object.keys(answers), (one) => {
    asked.push(one);
    const answer = answers[one];
    return new Promise<string>((resolve, reject) => {
      if (answer) env.timers.set(answer.afterMs, () => (answer.fails === undefined ? resolve(one) : reject(new Error(answer.fails))));
    });
  }, { patienceMs, mayGoOn: (error) => (error as Error).message !== 'refused' }).then((answer) => { told = answer; }, (error: Error) => { told = `!${error.message}`; });
  return { told: () => told };
}

test('one that answers in time is the only one asked', async () => {
  const { told } = ask({ a: { afterMs: 99 }, b: { afterMs: 1 } });
  await env.advance(1_000);
  expect([told(), asked]).toEqual(['a', ['a']]);
});

test('one that keeps silent costs the others nothing but patience', async () => {
  const { told } = ask({ a: undefined, b: undefined, c: { afterMs: 5 } });
  await env.advance(204);
  expect(told()).toBe('');
  await env.advance(1);
  expect([told(), asked]).toEqual(['c', ['a', 'b', 'c']]);
});

test('one that is late is still heard', async () => {
  const { told } = ask({ a: { afterMs: 120 }, b: { afterMs: 50 } });
  await env.advance(120);
  expect(told()).toBe('a');
});

test('one that fails is followed at once, and the last failure tells when none is left', async () => {
  const { told } = ask({ a: { afterMs: 10, fails: 'gone' }, b: { afterMs: 10, fails: 'away' } });
  await env.advance(10);
  expect(asked).toEqual(['a', 'b']);
  await env.advance(10);
  expect(told()).toBe('!away');
});

test('a failure of one that was late asks nobody twice, and waits for those who are asked', async () => {
  const { told } = ask({ a: { afterMs: 150, fails: 'gone' }, b: { afterMs: 80 }, c: { afterMs: 1 } });
  await env.advance(160);
  expect([told(), asked]).toEqual(['', ['a', 'b']]);
  await env.advance(20);
  expect([told(), asked]).toEqual(['b', ['a', 'b']]);
});

test('what is refused is refused', async () => {
  const { told } = ask({ a: { afterMs: 1, fails: 'refused' }, b: { afterMs: 1 } });
  await env.advance(1_000);
  expect([told(), asked]).toEqual(['!refused', ['a']]);
});

test('without patience nobody else is asked while one may still answer', async () => {
  const { told } = ask({ a: undefined, b: { afterMs: 1 } }, null);
  await env.advance(100_000);
  expect([told(), asked]).toEqual(['', ['a']]);
  const nobody = ask({});
  await env.advance(1);
  expect(nobody.told()).toBe('!the cluster has no bootstrap address');
});
