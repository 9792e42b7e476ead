import { links } from '../router/links.ts';
import { me } from '../state/session.ts';
import './brand.css';

/** The mark and the name, and which environment this is. Leads home. */
export function Brand() {
  const environment = me.value?.environment;
  return (
    <div class="brand">
      <a class="brand-link" href={links.overview()} aria-label="TownKrier, overview">
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect class="brand-ground" width="32" height="32" rx="8" />
          <path
            class="brand-bell"
            d="M16 7a6 6 0 0 0-6 6v4.2l-1.7 2.9a.9.9 0 0 0 .7 1.4h14a.9.9 0 0 0 .8-1.4L22 17.2V13a6 6 0 0 0-6-6Z"
          />
          <path class="brand-clapper" d="M13.6 23.5a2.5 2.5 0 0 0 4.8 0Z" />
        </svg>
        <span class="brand-name">TownKrier</span>
      </a>
      {environment !== undefined && <span class="brand-environment">{environment}</span>}
    </div>
  );
}
