import type { Timeseries } from '../../../src/api-types.ts';
import { Moment } from './moment.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import './throughput-table.css';

/** The chart's numbers, for who can't see it or wants them exactly. Points where nothing ran are left out. */
export function ThroughputTable({ series }: { readonly series: Timeseries }) {
  const busy = series.points.filter((point) => point.completed + point.failed + point.retried > 0);
  return (
    <details class="throughput-table">
      <summary>Show as table</summary>
      {busy.length === 0 ? (
        <p class="muted">Nothing ran in this time.</p>
      ) : (
        <ScrollRegion class="throughput-table-scroll" label="Throughput as table">
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">Completed</th>
                <th scope="col">Failed</th>
                <th scope="col">Retried</th>
              </tr>
            </thead>
            <tbody class="numeric">
              {busy.map((point) => (
                <tr key={point.at}>
                  <td>
                    <Moment at={point.at} as="clock" />
                  </td>
                  <td>{point.completed}</td>
                  <td>{point.failed}</td>
                  <td>{point.retried}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </details>
  );
}
