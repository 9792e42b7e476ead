import { CopyButton } from './copy-button.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import './json-view.css';

/** Data as text: nothing in it is ever taken for markup. */
export function JsonView({ value, what }: { readonly value: unknown; readonly what: string }) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined';
  return (
    <div class="json-view">
      <CopyButton text={text} what={what} />
      <ScrollRegion class="text-view" label={`${what} as JSON`}>
        <pre>{text}</pre>
      </ScrollRegion>
    </div>
  );
}
