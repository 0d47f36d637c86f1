import styles from './Icon.module.css';

/** Outlines on a 16 x 16 grid, drawn with the text's colour. */
const paths = {
  add: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  alert: 'M8 2.5l6 10.5H2L8 2.5zM8 6.5v3M8 11.4v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3v3.7M8 5v.1',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5.2a2.5 2.5 0 0 1 5 0v2.3',
  sun: 'M8 10.8A2.8 2.8 0 1 0 8 5.2a2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z',
  system: 'M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5',
  picture: 'M2.5 3h11v10h-11zM2.5 11l3.2-3.2 2.5 2.5 1.8-1.8 3.5 3M10.5 6.2v.1',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3',
  folder: 'M2 4h4.2l1.4 1.6H14v7H2z',
  wave: 'M2 8h1.2M5 5v6M8 2.5v11M11 5v6M12.8 8H14',
  chevron: 'M4 6.5l4 4 4-4',
  chevronUp: 'M4 9.5l4-4 4 4',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  columns: 'M2.5 3h4.5v10H2.5zM9 3h4.5v10H9z',
  layers: 'M8 2.5l6 3-6 3-6-3zM2.5 8.3L8 11l5.5-2.7M2.5 11L8 13.7l5.5-2.7',
  hand: 'M8 2v12M2 8h12M8 2L6.3 3.7M8 2l1.7 1.7M8 14l-1.7-1.7M8 14l1.7-1.7M2 8l1.7-1.7M2 8l1.7 1.7M14 8l-1.7-1.7M14 8l-1.7 1.7',
  box: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3M7 2.5h2M7 13.5h2M2.5 7v2M13.5 7v2',
  zoomIn: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14 14M7 5v4M5 7h4',
  zoomOut: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14 14M5 7h4',
  whole: 'M2 3v10M14 3v10M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2',
  sliders:
    'M2 5h6M11 5h3M9.5 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM2 11h2.5M7.5 11H14M6 12.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6',
  undo: 'M5.5 3.5L2.5 6.5l3 3M2.5 6.5H9a4 4 0 0 1 0 8H6',
  redo: 'M10.5 3.5l3 3-3 3M13.5 6.5H7a4 4 0 0 0 0 8h3',
  keyboard: 'M1.5 4h13v8h-13zM4 6.7v.1M6.7 6.7v.1M9.3 6.7v.1M12 6.7v.1M5 9.5h6',
  pencil: 'M3 13l.8-3.2L10.6 3a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L6.2 12.2 3 13z',
  question: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.4A1.8 1.8 0 1 1 8 8.4v.8M8 11.3v.1',
  note: 'M3 2.5h10v8l-3 3H3zM5.5 5.5h5M5.5 8h5',
  tag: 'M2.5 2.5h5.3l5.7 5.7-5.3 5.3-5.7-5.7zM5.3 5.2v.1',
  skip: 'M3.5 3.5L8 8l-4.5 4.5zM8.5 3.5L13 8l-4.5 4.5z',
  play: 'M5 3l8 5-8 5z',
  pause: 'M5.5 3v10M10.5 3v10',
  back5: 'M7.5 4l-4 4 4 4M12.5 4l-4 4 4 4',
  forward5: 'M3.5 4l4 4-4 4M8.5 4l4 4-4 4',
  loop: 'M3 8V6.5A2.5 2.5 0 0 1 5.5 4H13M11 2l2 2-2 2M13 8v1.5a2.5 2.5 0 0 1-2.5 2.5H3M5 10l-2 2 2 2',
  slower: 'M4 8h8',
  faster: 'M4 8h8M8 4v8',
  volume: 'M2.5 6H5l3.5-3v10L5 10H2.5zM11 5.6a3.5 3.5 0 0 1 0 4.8M13 3.6a6.4 6.4 0 0 1 0 8.8',
  muted: 'M2.5 6H5l3.5-3v10L5 10H2.5zM11 6.2l3.6 3.6M14.6 6.2L11 9.8',
  band: 'M2 4.5h12M2 11.5h12M4.5 8v.1M8 8v.1M11.5 8v.1',
  follow: 'M4 2.5v11M7 8h6.5M11 5.5L13.5 8 11 10.5',
  exportFile: 'M9 2H3.5v12h9V5.5L9 2zM9 2v3.5h3.5M8 7.5v4M6.3 9.9L8 11.6l1.7-1.7',
  install: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  library: 'M3 2.5v11M6 2.5v11M9 3l3.2 10.3M3 2.5h3M3 13.5h3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  similar: 'M2 6c2-3 4 3 6 0s4 3 6 0M2 11c2-3 4 3 6 0s4 3 6 0',
  arrowUp: 'M8 13V3M4.5 6.5L8 3l3.5 3.5',
  arrowDown: 'M8 3v10M4.5 9.5L8 13l3.5-3.5',
  almost: 'M2.5 6c1.8-2 3.7-2 5.5 0s3.7 2 5.5 0M2.5 10.5c1.8-2 3.7-2 5.5 0s3.7 2 5.5 0',
  notMusic: 'M6.5 9V4.5L12 3v7M6.5 12a2 1.6 0 1 1-4 0 2 1.6 0 0 1 4 0zM2 2l12 12',
} as const;

export type IconName = keyof typeof paths;

/** True for the name of a drawing; commands carry theirs as plain text. */
export const isIconName = (name: string): name is IconName => Object.hasOwn(paths, name);

/** Decoration only: the control that holds it carries the words. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={styles['icon']} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
