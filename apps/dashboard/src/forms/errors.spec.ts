import { describe, expect, it } from '@jest/globals';
import { errorOf, inLabels } from './errors';

describe('errors of the service in the labels of a form', () => {
  it.each([
    ['max_servers', 'max_servers must not be less than 1', 'Maximum must not be less than 1'],
    [
      'min_servers',
      'min_servers (30) must not be greater than max_servers (9)',
      'Minimum (30) must not be greater than Maximum (9)',
    ],
    [
      'policy.target_tracking.metrics.0.target',
      'policy.target_tracking.metrics.0.target must not be less than 1',
      'Target must not be less than 1',
    ],
    ['policy.schedule.windows.1.cron', 'cron must be a cron expression', 'Opens (cron) must be a cron expression'],
    ['password', 'password must contain a number', 'Password must contain a number'],
    ['new_password', 'new_password must contain a number', 'New password must contain a number'],
    [
      'max_servers',
      'max_servers must not be greater than 5, which scaler.max_servers allows',
      'Maximum must not be greater than 5, which scaler.max_servers allows',
    ],
    ['spec.api_server', 'api_server must be a URL', 'api_server must be a URL'],
  ])('%s: %s', (field, error, words) => {
    expect(inLabels({ field, error })).toBe(words);
  });
});

describe('the errors of a field', () => {
  const details = [
    { field: 'password', error: 'password must contain a number' },
    { field: 'password', error: 'password must contain a special character' },
    { field: 'min_servers', error: 'min_servers must not be less than 0' },
    { field: 'min_servers', error: 'min_servers must be an integer number' },
    { field: 'config.interval', error: 'interval must be a duration' },
  ];

  it('are all of its own', () => {
    expect(errorOf('password', details)).toBe(
      'Password must contain a number; Password must contain a special character',
    );
    expect(errorOf('config', details)).toBe('Decide every must be a duration');
    expect(errorOf('name', details)).toBeNull();
    const made = [{ field: 'spec.api_server', error: 'api_server must be a URL' }];
    expect(errorOf('spec.api_server', made, 'API server')).toBe('API server must be a URL');
  });

  it('are only that of its type where the type is wrong', () => {
    expect(errorOf('min_servers', details)).toBe('Minimum must be an integer number');
  });
});
