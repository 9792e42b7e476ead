import type { ComponentChildren } from 'preact';
import { formatShort } from '../format/number.ts';
import { links } from '../router/links.ts';
import type { Place } from '../router/match.ts';
import { me } from '../state/session.ts';
import { stats, useStats } from '../state/stats.ts';
import { Brand } from './brand.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import './nav.css';

interface NavLinkProps {
  readonly href: string;
  readonly icon: IconName;
  readonly isCurrent: boolean;
  readonly children: ComponentChildren;
}

function NavLink({ href, icon, isCurrent, children }: NavLinkProps) {
  return (
    <li>
      <a class="nav-link" href={href} aria-current={isCurrent ? 'page' : undefined}>
        <Icon name={icon} />
        {children}
      </a>
    </li>
  );
}

function FailedCount() {
  const failed = stats.value?.queue.failed ?? 0;
  if (failed === 0) return null;
  return (
    <span class="nav-count numeric">
      {formatShort(failed)} <span class="visually-hidden">failed</span>
    </span>
  );
}

/** The way between screens: beside them on wide windows, below them on phones. */
export function Nav({ screen }: { readonly screen: Place['screen'] }) {
  const session = me.value;
  useStats();
  return (
    <nav class="nav" aria-label="Main">
      <Brand />
      <ul class="nav-links">
        <NavLink href={links.overview()} icon="grid" isCurrent={screen === 'overview'}>
          Overview
        </NavLink>
        <NavLink href={links.jobs()} icon="stack" isCurrent={screen === 'jobs' || screen === 'job'}>
          Jobs
          <FailedCount />
        </NavLink>
        <NavLink href={links.logs()} icon="bell" isCurrent={screen === 'logs' || screen === 'log'}>
          Notification log
        </NavLink>
      </ul>
      {session !== null && (
        <div class="nav-foot">
          <p class="nav-who break">{session.principal.name}</p>
          <p>
            {session.readOnly ? 'read-only' : session.principal.role} · v{session.version}
          </p>
        </div>
      )}
    </nav>
  );
}
