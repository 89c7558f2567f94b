import { describe, expect, it } from '@jest/globals';
import { type ChartData, nothingObserved } from '../chart/series';
import { csvOf } from './csv';

const START = Date.parse('2026-11-30T12:00:00Z') / 1000;
const DATA: ChartData = {
  observed: {
    ...nothingObserved(),
    x: [START, START + 10, START + 10.001, START + 100],
    demand: [6.7012, 7, null, null],
    demandMax: [7.5, 7, null, 8],
    cpu: [67.5, null, null, 70],
    cpuMax: [81, null, null, 82],
    active: [10, 10, null, 11],
    provisioning: [0, 1, null, 0],
    draining: [0, 0, null, 0],
    desired: [10, 11, null, 11],
    theirs: [null, 12, null, 12],
    trial: [null, null, null, null],
    hpa: [null, null, null, null],
  },
  forecasts: { x: [START, START + 60, START + 160], p50: [6, 6.5, 7], p99: [9, 9.5, 10], upper: [8, 8.5, 9] },
  until: START + 160,
  theirsBy: 'HorizontalPodAutoscaler "a", b',
  hpaTarget: 60,
  simulatedUntil: null,
};
const rows = (range: readonly [number, number] = [0, 1e15], data = DATA): string[] =>
  csvOf(data, range, 'utc').trimEnd().split('\r\n');

describe('the CSV of a chart', () => {
  it('names units and time zone, and has the exact values', () => {
    const [header, ...lines] = rows();
    expect(header).toMatch(/^time \(UTC\),demand \(servers\),.*,mean CPU \(%\),.*planned for \(servers\)$/);
    expect(header).toContain('"wanted by HorizontalPodAutoscaler ""a"", b (servers)"');
    expect(header).not.toMatch(/on trial|HPA at/);
    expect(lines).toEqual([
      '2026-11-30T12:00:00Z,6.7012,7.5,67.5,81,10,0,0,10,,6,9,8',
      '2026-11-30T12:00:10Z,7,7,,,10,1,0,11,12,6,9,8',
      '2026-11-30T12:01:40Z,,8,70,82,11,0,0,11,12,6.5,9.5,8.5',
      '2026-11-30T12:02:40Z,,,,,,,,,,7,10,9',
    ]);
  });

  it('leaves out a simulated past', () => {
    const [, ...lines] = rows([0, 1e15], { ...DATA, simulatedUntil: START + 10 });
    expect(lines.map((line) => line.slice(0, 20))).toEqual([
      '2026-11-30T12:00:10Z',
      '2026-11-30T12:01:40Z',
      '2026-11-30T12:02:40Z',
    ]);
  });

  it('has what is shown, and no more', () => {
    expect(rows([(START + 5) * 1000, (START + 110) * 1000])).toHaveLength(3);
    const tried = { ...DATA, theirsBy: null, observed: { ...DATA.observed, trial: [9, 9, null, 10] } };
    const [header = '', first = ''] = rows([0, 1e15], tried);
    expect(header).toContain('wanted by the policy on trial (servers)');
    expect(first).toBe('2026-11-30T12:00:00Z,6.7012,7.5,67.5,81,10,0,0,10,9,6,9,8');
    expect(first.split(',')).toHaveLength(header.split(',').length);
    const compared = { ...tried, observed: { ...tried.observed, hpa: [12, null, null, 13] } };
    const [names = '', ...lines] = rows([0, 1e15], compared);
    expect(names).toContain('wanted by the policy on trial (servers),HPA at 60 % would have run (servers)');
    expect(lines.slice(0, 2)).toEqual([
      '2026-11-30T12:00:00Z,6.7012,7.5,67.5,81,10,0,0,10,9,12,6,9,8',
      '2026-11-30T12:00:10Z,7,7,,,10,1,0,11,9,,6,9,8',
    ]);
  });
});
