import type { Place } from '../router/match.ts';
import { JobScreen } from '../screens/job-screen.tsx';
import { JobsScreen } from '../screens/jobs-screen.tsx';
import { LogScreen } from '../screens/log-screen.tsx';
import { LogsScreen } from '../screens/logs-screen.tsx';
import { OverviewScreen } from '../screens/overview-screen.tsx';
import { UnknownScreen } from '../screens/unknown-screen.tsx';
import { sessionError } from '../state/session.ts';
import { Failure } from './states.tsx';

/** The screen of a place; or why nobody may see it. */
export function Screen({ place }: { readonly place: Place }) {
  const refused = sessionError.value;
  if (refused !== null && (refused.status === 401 || refused.status === 403)) {
    return (
      <>
        <h1 class="visually-hidden">TownKrier</h1>
        <Failure error={refused} />
      </>
    );
  }
  switch (place.screen) {
    case 'overview':
      return <OverviewScreen />;
    case 'jobs':
      return <JobsScreen />;
    case 'job':
      return <JobScreen key={place.id} id={place.id} />;
    case 'logs':
      return <LogsScreen />;
    case 'log':
      return <LogScreen key={place.id} id={place.id} />;
    case 'unknown':
      return <UnknownScreen />;
  }
}
