import { Component, type ReactNode } from 'react';
import { en } from '#app/i18n/en.ts';
import { zh } from '#app/i18n/zh.ts';
import styles from './ErrorBoundary.module.css';

interface ErrorBoundaryState {
  readonly failure: string | null;
}

/** The last resort for a bug in drawing: says so in both languages, since even the choice of language may be lost. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { failure: null };

  static getDerivedStateFromError(thrown: unknown): ErrorBoundaryState {
    return { failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }

  override render(): ReactNode {
    if (this.state.failure === null) return this.props.children;
    return (
      <main className={styles['page']}>
        <div className={styles['words']} role="alert">
          {[en, zh].map((text) => (
            <section key={text.crash.title} lang={text === zh ? 'zh' : 'en'}>
              <h1>{text.crash.title}</h1>
              <p>{text.crash.advice}</p>
              <button type="button" onClick={() => location.reload()}>
                {text.crash.reload}
              </button>
            </section>
          ))}
        </div>
        <code>{this.state.failure}</code>
      </main>
    );
  }
}
