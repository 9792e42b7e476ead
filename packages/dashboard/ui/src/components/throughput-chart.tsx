import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Timeseries } from '../../../src/api-types.ts';
import { isDark } from '../state/theme.ts';
import { chartOptions, readColours, toColumns } from './throughput-options.ts';
import 'uplot/dist/uPlot.min.css';
import './throughput-chart.css';

/** Completed and failed jobs over time. The table beside it says the same in numbers. */
export function ThroughputChart({ series }: { readonly series: Timeseries }) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const dark = isDark();

  // A canvas does not follow the theme by itself: it is drawn anew.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const size = { width: element.clientWidth, height: element.clientHeight };
    const plot = new uPlot({ ...chartOptions(readColours(element)), ...size }, toColumns(series), element);
    chart.current = plot;
    const observer = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [dark]);

  useEffect(() => chart.current?.setData(toColumns(series)), [series]);

  return (
    <div ref={holder} class="throughput-canvas" role="img" aria-label="Jobs completed and failed over time" />
  );
}
