import type { ComponentChildren } from 'preact';
import { useTitle } from '../state/use-title.ts';
import './page-header.css';

interface PageHeaderProps {
  readonly title: string;
  /** The list this belongs to. */
  readonly parent?: { readonly href: string; readonly label: string };
  /** Beside the title: a status. */
  readonly badge?: ComponentChildren;
  /** Below the title: ids and moments. */
  readonly subtitle?: ComponentChildren;
  /** At the end: actions. */
  readonly children?: ComponentChildren;
}

/** The head of a screen; also names the browser's tab. */
export function PageHeader({ title, parent, badge, subtitle, children }: PageHeaderProps) {
  useTitle(title);
  return (
    <header class="page-header">
      <div class="page-heading">
        {parent !== undefined && (
          <nav aria-label="Breadcrumb" class="page-parent">
            <a href={parent.href}>{parent.label}</a>
            <span aria-hidden="true">/</span>
          </nav>
        )}
        <div class="page-title">
          <h1 class="break">{title}</h1>
          {badge}
        </div>
        {subtitle !== undefined && <div class="page-subtitle">{subtitle}</div>}
      </div>
      {children !== undefined && <div class="page-actions">{children}</div>}
    </header>
  );
}
