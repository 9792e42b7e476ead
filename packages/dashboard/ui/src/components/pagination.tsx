import { formatCount } from '../format/number.ts';
import { useQuery } from '../router/query.ts';
import { Button } from './button.tsx';
import './pagination.css';

/** Rows on a page unless the address says otherwise. */
const PAGE_SIZE = 25;
const SIZES = [25, 50, 100] as const;

/** The page the address asks for, as the API wants it. */
export function usePage(): { readonly limit: number; readonly offset: number } {
  const query = useQuery();
  const limit = SIZES.find((size) => size === query.getNumber('size', PAGE_SIZE)) ?? PAGE_SIZE;
  return { limit, offset: (Math.max(1, query.getNumber('page', 1)) - 1) * limit };
}

/** Where in the list this page is, and the way to the others. */
export function Pagination({ total }: { readonly total: number }) {
  const query = useQuery();
  const { limit, offset } = usePage();
  const page = offset / limit + 1;
  const pages = Math.max(1, Math.ceil(total / limit));
  const go = (to: number): void => query.set({ page: to === 1 ? '' : to, selected: '' });
  const first = total === 0 ? 0 : offset + 1;
  return (
    <nav class="pagination" aria-label="Pages">
      <p class="numeric muted">
        {formatCount(Math.min(first, total))}–{formatCount(Math.min(offset + limit, total))} of{' '}
        {formatCount(total)}
      </p>
      <label>
        <span class="muted">Rows</span>
        <select
          value={limit}
          onChange={(event) => query.set({ size: event.currentTarget.value, page: '', selected: '' })}
        >
          {SIZES.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <div class="pagination-steps">
        <Button icon="chevronLeft" disabled={page <= 1} onClick={() => go(Math.min(page - 1, pages))}>
          Previous
        </Button>
        <Button disabled={page >= pages} onClick={() => go(page + 1)}>
          Next
        </Button>
      </div>
    </nav>
  );
}
