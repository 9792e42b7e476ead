import { useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { api, RequestError } from '../api.ts';
import { links } from '../router/links.ts';
import { useKeys } from '../state/shortcuts.ts';
import { showToast } from '../state/toasts.ts';
import { Icon } from './icon.tsx';
import './finder.css';

/** Where a text leads: the job or the row with this id, otherwise the jobs with this name. */
async function findPlace(text: string): Promise<string> {
  const exists = (found: Promise<unknown>): Promise<boolean> =>
    found.then(
      () => true,
      (error: unknown) => {
        if (error instanceof RequestError && [400, 403, 404].includes(error.status)) return false;
        throw error;
      },
    );
  if (await exists(api.job(text))) return links.job(text);
  if (await exists(api.log(text))) return links.log(text);
  return links.jobs({ name: text });
}

/** Goes to a job or a row by its id, or lists jobs by name. `/` leads here. */
export function Finder() {
  const { route } = useLocation();
  const input = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => input.current?.focus() });

  const find = async (event: Event): Promise<void> => {
    event.preventDefault();
    const field = input.current;
    const text = field?.value.trim() ?? '';
    if (field === null || text === '') return;
    try {
      const place = await findPlace(text);
      field.value = '';
      field.blur();
      route(place);
    } catch (error) {
      showToast('bad', error instanceof Error ? error.message : 'The search failed.');
    }
  };

  return (
    <search class="finder">
      <form onSubmit={(event) => void find(event)}>
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Find by id or job name"
          placeholder="Find by id or job name"
          autocomplete="off"
          spellcheck={false}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  );
}
