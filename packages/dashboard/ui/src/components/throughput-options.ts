import uPlot from 'uplot';
import type { Timeseries } from '../../../src/api-types.ts';
import { LOCALE } from '../format/locale.ts';

interface Colours {
  readonly good: string;
  readonly bad: string;
  readonly edge: string;
  readonly text: string;
}

const FONT = '11px Inter, system-ui, sans-serif';

/** The colours of the theme, as text a canvas understands. Custom properties come unresolved, so a probe's computed colour is read. */
export function readColours(element: HTMLElement): Colours {
  const probe = document.createElement('span');
  element.append(probe);
  const read = (name: string): string => {
    probe.className = `chart-colour-${name}`;
    return getComputedStyle(probe).color;
  };
  const colours = { good: read('good'), bad: read('bad'), edge: read('edge'), text: read('text') };
  probe.remove();
  return colours;
}

/** The points as uPlot wants them: a column of seconds, then one for each line. */
export function toColumns(series: Timeseries): uPlot.AlignedData {
  return [
    series.points.map((point) => Date.parse(point.at) / 1000),
    series.points.map((point) => point.completed),
    series.points.map((point) => point.failed),
  ];
}

function fade(colour: string): uPlot.Series.Fill {
  return (plot) => {
    const { top, height } = plot.bbox;
    // uPlot asks once before it has measured itself.
    if (!Number.isFinite(top + height)) return 'transparent';
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, withAlpha(colour, 0.28));
    gradient.addColorStop(1, withAlpha(colour, 0.02));
    return gradient;
  };
}

/** `rgb(1, 2, 3)` made translucent. */
function withAlpha(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.+)\)$/, `rgba($1, ${alpha})`);
}

function axis(colours: Colours): uPlot.Axis {
  return {
    stroke: colours.text,
    font: FONT,
    grid: { stroke: colours.edge, width: 1 },
    ticks: { show: false },
  };
}

/** How the chart looks, but for its size. */
export function chartOptions(colours: Colours): Omit<uPlot.Options, 'width' | 'height'> {
  const smooth = uPlot.paths.spline?.();
  const bars = uPlot.paths.bars?.({ size: [0.5, 6], radius: 0.25 });
  return {
    padding: [8, 12, 0, 0],
    legend: { show: true, live: true },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(5, Math.ceil(max * 1.12))] } },
    axes: [
      {
        ...axis(colours),
        grid: { show: false },
        size: 28,
        space: 72,
        values: (_plot, splits) => splits.map(toClock),
      },
      {
        ...axis(colours),
        size: 40,
        space: 36,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
      },
    ],
    series: [
      { label: 'From', value: (_plot, seconds) => (seconds === null ? '–' : toClock(seconds)) },
      {
        label: 'Completed',
        stroke: colours.good,
        width: 2,
        fill: fade(colours.good),
        points: { show: false },
        ...(smooth && { paths: smooth }),
      },
      {
        label: 'Failed',
        stroke: colours.bad,
        fill: colours.bad,
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      },
    ],
  };
}

const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });

function toClock(seconds: number): string {
  return clock.format(seconds * 1000);
}
