import './progress.css';

interface ProgressProps {
  readonly percent: number;
  readonly step: string | null;
}

/** How far a running job has come. */
export function Progress({ percent, step }: ProgressProps) {
  return (
    <div class="progress">
      <p>
        <span class="break">{step ?? 'In progress'}</span>
        <span class="numeric">{Math.round(percent)} %</span>
      </p>
      <progress max={100} value={percent} aria-label={step ?? 'Progress'} />
    </div>
  );
}
