import { useState } from 'preact/hooks';
import type { LogDetail } from '../../../src/api-types.ts';
import { links } from '../router/links.ts';
import { Card } from './card.tsx';
import { Choice } from './choice.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { Message } from './states.tsx';
import './json-view.css';
import './message-view.css';

const TABS = [
  { value: 'preview', label: 'Preview' },
  { value: 'text', label: 'Source' },
] as const;

/**
 * What the log kept of the message. HTML is drawn by a document of its own, in a frame that may do nothing: no script, no form, no way up. Its source
 * is shown as text.
 */
export function MessageView({ log }: { readonly log: LogDetail }) {
  const [tab, setTab] = useState<(typeof TABS)[number]['value']>('preview');
  const isHtml = log.contentType === 'html';
  if (log.content === undefined) {
    return (
      <Card title="Message">
        <Message icon="lock" title="No content">
          {log.contentPrivacy === 'private'
            ? 'It was logged as private.'
            : 'None was kept, or you may not see it.'}
        </Message>
      </Card>
    );
  }
  return (
    <Card
      title="Message"
      aside={isHtml && <Choice label="Show the message as" options={TABS} value={tab} onChange={setTab} />}
    >
      {log.subject !== undefined && <p class="message-subject break">{log.subject}</p>}
      {isHtml && tab === 'preview' ? (
        <iframe class="message-frame" sandbox="" src={links.logPreview(log.id)} title="Message preview" />
      ) : (
        <ScrollRegion class="text-view" label="Message source">
          <pre>{log.content}</pre>
        </ScrollRegion>
      )}
    </Card>
  );
}
