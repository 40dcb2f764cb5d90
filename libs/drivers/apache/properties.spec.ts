import { formatProperties, parseProperties } from './properties.js';

test('what is written reads as it was', () => {
  const properties = new Map([['a.b', 'c'], ['path', 'C:\\kafka logs'], ['leading', '  two'], ['lines', 'one\ntwo'], ['url', 'EXTERNAL://[::1]:1,B=c'], ['empty', '']]);
  expect(formatProperties(properties)).toBe('a.b=c\npath=C:\\\\kafka logs\nleading=\\  two\nlines=one\\ntwo\nurl=EXTERNAL://[::1]:1,B=c\nempty=\n');
});

test('no value begins a setting of its own, in any encoding', () => {
  const text = formatProperties(new Map([['a', 'b\r\nsuper.users=User:me\u2028é'], ['k ey', 'v']]));
  expect(text).toBe('a=b\\r\\nsuper.users=User:me\\u2028\\u00e9\nk\\ ey=v\n');
});

test('reads what Kafka writes', () => {
  expect([...parseProperties('#\n#Sun Nov 22 2026\nnode.id=1\ncluster.id=AB_-\n\nversion = 1 \n')]).toEqual([['node.id', '1'], ['cluster.id', 'AB_-'], ['version', '1']]);
});
