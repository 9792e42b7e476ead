import { setShortcutsOn, shortcutsOn } from '../state/shortcuts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import './help-dialog.css';

const SHORTCUTS: readonly (readonly [keys: string, action: string])[] = [
  ['/', 'Find a job or a log row'],
  ['g o', 'Go to the overview'],
  ['g j', 'Go to the jobs'],
  ['g l', 'Go to the notification log'],
  ['j', 'Next row'],
  ['k', 'Previous row'],
  ['Enter', 'Open the row'],
  ['x', 'Select the row'],
  ['n', 'Show new rows'],
  ['p', 'Pause or resume updates'],
  ['?', 'Show this'],
  ['Esc', 'Close'],
];

interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** All keys, and the switch that turns them off. */
export function HelpDialog({ isOpen, onClose }: HelpDialogProps) {
  return (
    <Dialog isOpen={isOpen} title="Keyboard shortcuts" onClose={onClose}>
      <dl class="help-keys">
        {SHORTCUTS.map(([keys, action]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd class="key" key={key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{action}</dd>
          </div>
        ))}
      </dl>
      <label class="help-switch">
        <input
          type="checkbox"
          checked={shortcutsOn.value}
          onChange={(event) => setShortcutsOn(event.currentTarget.checked)}
        />
        Single-key shortcuts
      </label>
      <div class="dialog-actions">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
