/** Title and icon of the browser's tab. */

const ICON = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
const PLAIN = ICON?.getAttribute('href') ?? '';
/** The icon has room for one digit. */
const MOST = 9;

let title = '';
let count: number | null = 0;

/** @param name of the page */
export function setTitle(name: string): void {
  title = name;
  showTitle();
}

/** @param alerts active alerts; `null`: not known */
export function setAlertCount(alerts: number | null): void {
  if (count === alerts) return;
  count = alerts;
  showTitle();
  ICON?.setAttribute('href', count === 0 ? PLAIN : iconWith(count));
}

function showTitle(): void {
  const prefix = count === 0 ? '' : `(${count ?? '?'}) `;
  document.title = `${prefix}${title} · Autoscaler`;
}

/** The bars of the logo under a mark: red with the count, gray where it is not known. */
function iconWith(alerts: number | null): string {
  const text = alerts === null ? '?' : alerts > MOST ? `${MOST}+` : String(alerts);
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1c7ed6"/>' +
    '<path d="M4 26h4v-6H4zm7 0h4V15h-4zm7 0h4V9h-4z" fill="#fff"/>' +
    `<circle cx="21" cy="11" r="11" fill="${alerts === null ? '#5b6470' : '#c92a2a'}"/>` +
    `<text x="21" y="${text.length > 1 ? 16 : 17}" text-anchor="middle" font-family="sans-serif" font-weight="700" ` +
    `font-size="${text.length > 1 ? 14 : 18}" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
