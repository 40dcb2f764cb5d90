import { formatMetrics } from './metrics-text.js';
import { createPlatformMetrics } from './platform-metrics.js';

describe('the text of metrics', () => {
  it('has each family once, by name, with what labels may hold escaped', () => {
    const sample = (value: number, topic?: string) => ({ suffix: '', labels: topic === undefined ? [] : [{ name: 'topic', value: topic }], value });
    expect(formatMetrics([
      { name: 'b', help: 'B\nb\\', kind: 'gauge', samples: [sample(1, 'a"b\\c\nd')] },
      { name: 'a_total', help: 'A.', kind: 'counter', samples: [sample(2.5), sample(NaN), sample(Infinity), sample(-Infinity)] },
      { name: 'b', help: 'another', kind: 'gauge', samples: [sample(3, 'x')] }, { name: 'empty', help: '', kind: 'gauge', samples: [] },
    ])).toBe([
      '# HELP a_total A.', '# TYPE a_total counter', 'a_total 2.5', 'a_total NaN', 'a_total +Inf', 'a_total -Inf',
      '# HELP b B\\nb\\\\', '# TYPE b gauge', 'b{topic="a\\"b\\\\c\\nd"} 1', 'b{topic="x"} 3', '',
    ].join('\n'));
  });
  it('leaves out what a broker may not say', () => {
    const samples = [{ suffix: '', labels: [{ name: 'x"} 1\nevil', value: 'y' }, { name: 'ok', value: 'z' }], value: 1 }];
    expect(formatMetrics([{ name: 'bad name', help: '', kind: 'gauge', samples }, { name: 'a', help: '', kind: 'strange', samples }, { name: 'good', help: '', kind: 'gauge', samples }]))
      .toBe('# HELP good \n# TYPE good gauge\ngood{ok="z"} 1\n');
  });
});

describe('the platform\'s own metrics', () => {
  it('count requests by route and status, and how long they took', () => {
    const metrics = createPlatformMetrics({ reconciler: () => ({ working: 2, failing: 1 }), version: '1' });
    for (const [status, durationMs] of [[200, 3], [200, 30], [404, 60_000]] as const) metrics.answered({ method: 'GET', route: '/a/:id', status, durationMs });
    metrics.answered({ method: 'GET', route: null, status: 404, durationMs: 1 });
    const text = formatMetrics(metrics.families());
    expect(text).toContain('sluice_http_requests_total{method="GET",route="/a/:id",status="200"} 2\n');
    expect(text).toContain('sluice_http_requests_total{method="GET",route="none",status="404"} 1\n');
    expect(text).toContain('sluice_http_request_duration_seconds_bucket{method="GET",route="/a/:id",le="0.005"} 1\n');
    expect(text).toContain('sluice_http_request_duration_seconds_bucket{method="GET",route="/a/:id",le="10"} 2\n');
    expect(text).toContain('sluice_http_request_duration_seconds_bucket{method="GET",route="/a/:id",le="+Inf"} 3\n');
    expect(text).toContain('sluice_http_request_duration_seconds_count{method="GET",route="/a/:id"} 3\n');
    expect(text).toContain('sluice_reconciler_clusters_in_work 2\n');
    expect(text).toContain('sluice_platform_info{version="1"} 1\n');
  });
});
