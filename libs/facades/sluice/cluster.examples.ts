type Examples = Record<string, { summary: string; value: Record<string, unknown> }>;

export const replaceBrokerExamples: Examples = {
  lost: { summary: 'A broker that has lost its disk', value: { node_id: 2 } },
  forced: { summary: 'Even if records are lost with it', value: { node_id: 2, force: true } },
};
