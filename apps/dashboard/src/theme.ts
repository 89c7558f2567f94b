import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** From text to background, in the hue of the surfaces; the library's grays have none. */
const DARK = [
  '#d5dae1',
  '#b8c0ca',
  '#98a2ae',
  '#69727d',
  '#3d444d',
  '#343a42',
  '#22272d',
  '#1a1e23',
  '#14171b',
  '#101317',
] as const;

/** Shades are chosen for readable contrast (WCAG AA, checked by the page tests). */
export const theme = createTheme({
  colors: { dark: DARK },
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '650' },
  components: {
    // A badge is a word or two: its column gives it room.
    Badge: { defaultProps: { miw: 'max-content' } },
    Tooltip: { defaultProps: { openDelay: 250, multiline: true, maw: 320 } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6470',
    '--mantine-color-placeholder': '#6b7480',
    '--mantine-color-anchor': '#1864ab',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-green-light-color': '#1d5f2a',
    '--mantine-color-cyan-light-color': '#0b5566',
    '--mantine-color-yellow-light-color': '#744400',
    '--mantine-color-red-light-color': '#a51f1f',
    '--mantine-color-gray-light-color': '#454c54',
    '--mantine-color-blue-light-color': '#15588f',
  },
  dark: {
    '--mantine-color-dimmed': '#a0a8b3',
    '--mantine-color-placeholder': '#8d96a2',
    '--mantine-color-anchor': '#74c0fc',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-body': '#14171b',
    '--mantine-color-default': '#1d2126',
    '--mantine-color-default-border': '#343a42',
    '--mantine-color-default-hover': '#262b32',
  },
});
