import { showToast } from '../state/toasts.ts';
import { IconButton } from './icon-button.tsx';

/** Copies a text. Over plain http browsers offer no clipboard API, so a selection is copied the old way. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(text);
    showToast(
      isCopied ? 'good' : 'bad',
      isCopied ? `Copied the ${what}.` : `The ${what} could not be copied.`,
    );
  };
  return (
    <span class="copy-button">
      <IconButton icon="copy" label={`Copy the ${what}`} onClick={() => void copy()} />
    </span>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
