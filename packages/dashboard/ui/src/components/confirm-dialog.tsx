import { asked } from '../state/confirmation.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** Shows what `confirmAction` asks. */
export function ConfirmDialog() {
  const question = asked.value;
  return (
    <Dialog
      isOpen={question !== null}
      title={question?.title ?? ''}
      onClose={() => asked.peek()?.answer(false)}
    >
      <p class="dialog-object break">{question?.object}</p>
      <p class="muted">{question?.text}</p>
      <div class="dialog-actions">
        <Button onClick={() => question?.answer(false)}>Keep as it is</Button>
        <Button look={question?.isDangerous ? 'danger' : 'primary'} onClick={() => question?.answer(true)}>
          {question?.action}
        </Button>
      </div>
    </Dialog>
  );
}
