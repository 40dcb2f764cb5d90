// What these scripts use of the built product: the codec, and a processor for compression and checksums.
export const P = await import('../../dist/libs/kafka/protocol/index.js');
const { createNodeEnv } = await import('../../dist/libs/kernel/node/index.js');
export const nodeEnv = createNodeEnv({});
