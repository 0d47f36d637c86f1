import { errorText } from '#core/errorText.ts';
import { markedLabel } from '#core/model/labels.ts';
import { selectedJob } from '#state/jobs.ts';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs } from '#ui/WorkbenchContext.tsx';

/** Tells a screen reader when the selected file is finished; windows in between would only chatter. */
export function Announcer() {
  const { text, language, format } = useLanguage();
  const job = useJobs(selectedJob);
  let news = '';
  if (job?.phase.kind === 'done') {
    const { report } = job.phase;
    const best = report.track.predictions[0];
    if (best !== undefined)
      news = text.jobs.finishedNews(
        job.name,
        markedLabel(report.model.labels, best.genre, language),
        format.percentShort(best.probability),
      );
  } else if (job?.phase.kind === 'failed') {
    news = text.jobs.failedNews(job.name, errorText(job.phase.error, language).title);
  }
  return (
    <output className="visually-hidden" data-testid="news">
      {news}
    </output>
  );
}
