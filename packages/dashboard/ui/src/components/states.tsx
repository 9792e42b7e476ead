import type { ComponentChildren } from 'preact';
import type { RequestError } from '../api.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import './states.css';

interface MessageProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Says in the middle of a surface why there is nothing else on it. */
export function Message({ icon, title, children }: MessageProps) {
  return (
    <div class="message">
      <span class="message-icon">
        <Icon name={icon} />
      </span>
      <p class="message-title">{title}</p>
      {children !== undefined && <div class="message-text">{children}</div>}
    </div>
  );
}

interface FailureProps {
  readonly error: RequestError;
  readonly onRetry?: () => void;
}

/** Why something could not be shown, and what to do: forbidden, gone, out of reach, or broken. */
export function Failure({ error, onRetry }: FailureProps) {
  const { icon, title, advice } = explain(error);
  return (
    <Message icon={icon} title={title}>
      <p class="break">{advice}</p>
      {error.requestId !== undefined && <p class="mono">Request {error.requestId}</p>}
      {onRetry !== undefined && error.status !== 403 && (
        <Button icon="retry" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Message>
  );
}

function explain(error: RequestError): { icon: IconName; title: string; advice: string } {
  switch (error.status) {
    case 0:
      return {
        icon: 'offline',
        title: 'Out of reach',
        advice: `${error.message} It is tried again while this page is open.`,
      };
    case 401:
    case 403:
      return { icon: 'lock', title: 'You may not see this', advice: error.message };
    case 404:
      return { icon: 'search', title: 'Not found', advice: error.message };
    default:
      return { icon: 'alert', title: 'That did not work', advice: error.message };
  }
}

/** Grey lines where text will be. Says "Loading" once to a screen reader. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        <span class="loading-line" key={index} aria-hidden="true" />
      ))}
    </div>
  );
}
