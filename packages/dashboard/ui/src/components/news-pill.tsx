import { useKeys } from '../state/shortcuts.ts';
import { Icon } from './icon.tsx';
import './news-pill.css';

interface NewsPillProps {
  readonly unseen: number;
  readonly hasLeft: boolean;
  readonly onShow: () => void;
}

/** Says that the list is older than the server's, and shows the newer one on demand; `n` does too. */
export function NewsPill({ unseen, hasLeft, onShow }: NewsPillProps) {
  useKeys({ n: onShow });
  const text = unseen > 0 ? `${unseen} new` : 'List changed';
  return (
    <div class="news-pill-place" role="status">
      {(unseen > 0 || hasLeft) && (
        <button type="button" class="news-pill" onClick={onShow}>
          <Icon name="retry" />
          {text}: show
        </button>
      )}
    </div>
  );
}
