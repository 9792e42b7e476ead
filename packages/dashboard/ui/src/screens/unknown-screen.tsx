import { PageHeader } from '../components/page-header.tsx';
import { Message } from '../components/states.tsx';
import { links } from '../router/links.ts';

/** An address that leads nowhere. */
export function UnknownScreen() {
  return (
    <>
      <PageHeader title="No such page" />
      <Message icon="search" title="This address leads nowhere">
        <a href={links.overview()}>Go to the overview</a>
      </Message>
    </>
  );
}
