import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { ensureLanguageTag } from './language';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
// The library of the charts, which comes with a page, reads the language when it is loaded.
ensureLanguageTag(navigator);
createRoot(root).render(<App />);
