import type { JobFailure } from '../../../src/api-types.ts';
import './job-error.css';

/** Why a job failed: the error, its code, and what caused it. */
export function JobError({ error }: { readonly error: JobFailure }) {
  const causes = error.causes ?? [];
  return (
    <div class="job-error">
      <p class="job-error-name mono">
        {error.name}
        {error.code !== undefined && ` · ${error.code}`}
      </p>
      <p class="job-error-message break">{error.message}</p>
      {causes.length > 0 && (
        <ol class="job-error-causes" aria-label="Causes">
          {causes.map((cause, index) => (
            // Two causes may read the same; their place tells them apart.
            <li key={index} class="break">
              <span class="faint">caused by</span> {cause}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
