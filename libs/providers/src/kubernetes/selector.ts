import { ProviderError } from '../sdk/index.js';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const TERM =
  /^\s*(?:(!)\s*([^\s=!,()]+)|([^\s=!,()<>]+)\s*(?:(==|=|!=)\s*([^\s=!,()]*)|\s(in|notin)\s*\(([^()]*)\)|([<>])\s*(\d+))?)\s*$/;

/**
 * Reads a label selector as the Scale subresource states it: `app=web,tier in (a,b),!canary`.
 *
 * @returns whether labels match
 * @throws ProviderError `invalid` where it is none, or selects everything
 */
export function parseSelector(text: string): (labels: Labels) => boolean {
  const terms = text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== '');
  if (terms.length === 0)
    throw new ProviderError('invalid', 'the workload states no selector: its pods cannot be distinguished from others');
  const requirements = terms.map(requirementOf);
  return (labels) => requirements.every((holds) => holds(labels));
}

function requirementOf(term: string): Requirement {
  const [, not, absent, key = '', operator, value = '', set, values = '', comparison, bound] = TERM.exec(term) ?? [];
  if (not !== undefined && absent !== undefined) return (labels) => !Object.hasOwn(labels, absent);
  if (key === '') throw new ProviderError('invalid', `"${term.trim()}" is no term of a label selector`);
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator !== undefined) return (labels) => labels[key] === value;
  const listed = new Set(values.split(',').map((one) => one.trim()));
  if (set === 'in') return (labels) => Object.hasOwn(labels, key) && listed.has(labels[key]!);
  if (set === 'notin') return (labels) => !Object.hasOwn(labels, key) || !listed.has(labels[key]!);
  if (comparison !== undefined) {
    const limit = Number(bound);
    return (labels) => {
      const number = Number.parseInt(labels[key] ?? '', 10);
      return comparison === '>' ? number > limit : number < limit;
    };
  }
  return (labels) => Object.hasOwn(labels, key);
}
