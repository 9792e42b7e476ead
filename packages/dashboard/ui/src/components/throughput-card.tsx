import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Timeseries } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { formatCount } from '../format/number.ts';
import { formatSpan } from '../format/time.ts';
import { isAboutJob, useRefresh } from '../news.ts';
import { useQuery } from '../router/query.ts';
import { useResource } from '../state/resource.ts';
import { Card } from './card.tsx';
import { Choice } from './choice.tsx';
import { Failure, Loading } from './states.tsx';
import { ThroughputTable } from './throughput-table.tsx';
import './throughput-card.css';

type Range = Timeseries['range'];
type Chart = FunctionComponent<{ readonly series: Timeseries }>;

const RANGES: readonly { readonly value: Range; readonly label: string }[] = [
  { value: '15m', label: '15 min' },
  { value: '1h', label: '1 h' },
  { value: '6h', label: '6 h' },
  { value: '24h', label: '24 h' },
];

/** The chart is most of the code of this page and below the first glance: it comes in a file of its own. */
function useChart(): Chart | null {
  const [loaded, setLoaded] = useState<{ readonly chart: Chart } | null>(null);
  useEffect(() => {
    import('./throughput-chart.tsx').then(
      ({ ThroughputChart }) => setLoaded({ chart: ThroughputChart }),
      // The table says the same; a reload brings the chart back.
      () => setLoaded(null),
    );
  }, []);
  return loaded?.chart ?? null;
}

/** Jobs completed and failed over time, with how long they waited and ran. */
export function ThroughputCard() {
  const query = useQuery();
  const range = RANGES.find(({ value }) => value === query.get('range'))?.value ?? '1h';
  const { data, error, refresh } = useResource(range, (signal) => api.timeseries(range, signal));
  const Chart = useChart();
  useRefresh((news) => isAboutJob(news), refresh);
  return (
    <Card
      title="Throughput"
      aside={
        <Choice
          label="Range"
          options={RANGES}
          value={range}
          onChange={(value) => query.set({ range: value === '1h' ? '' : value }, { replace: true })}
        />
      }
    >
      {data !== null && <Totals series={data} />}
      {data === null && error === null && <Loading />}
      {data === null && error !== null && <Failure error={error} onRetry={refresh} />}
      {data !== null && (
        <>
          <div class="throughput-chart">{Chart !== null && <Chart series={data} />}</div>
          <ThroughputTable series={data} />
        </>
      )}
    </Card>
  );
}

function Totals({ series }: { readonly series: Timeseries }) {
  const sum = (key: 'completed' | 'failed' | 'retried'): number =>
    series.points.reduce((total, point) => total + point[key], 0);
  const newest = series.points.findLast((point) => point.runMs !== null);
  return (
    <dl class="throughput-totals">
      <Total name="Completed" value={formatCount(sum('completed'))} mark="good" />
      <Total name="Failed" value={formatCount(sum('failed'))} mark="bad" />
      <Total name="Retried" value={formatCount(sum('retried'))} />
      <Total name="Wait p50 / p95" value={formatPair(newest?.waitMs)} />
      <Total name="Run p50 / p95" value={formatPair(newest?.runMs)} />
    </dl>
  );
}

function Total({
  name,
  value,
  mark,
}: {
  readonly name: string;
  readonly value: string;
  readonly mark?: 'good' | 'bad';
}) {
  return (
    <div>
      <dt>
        {mark !== undefined && <span class={`throughput-mark throughput-mark-${mark}`} />}
        {name}
      </dt>
      <dd class="numeric">{value}</dd>
    </div>
  );
}

function formatPair(pair: { readonly p50: number; readonly p95: number } | null | undefined): string {
  return pair === null || pair === undefined ? '–' : `${formatSpan(pair.p50)} / ${formatSpan(pair.p95)}`;
}
