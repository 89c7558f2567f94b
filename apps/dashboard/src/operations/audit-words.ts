/** Kinds of actions, by subject. The name of what was changed follows the sentence. */
const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Clusters: {
    'cluster.create': 'Created cluster',
    'cluster.update': 'Changed cluster',
    'cluster.delete': 'Deleted cluster',
    'cluster.scale': 'Held servers of cluster',
    'cluster.scale.release': 'Ended the hold of cluster',
    'cluster.undo': 'Undid the last change of cluster',
    'cluster.take_over': 'Took over cluster',
    'cluster.hand_back': 'Handed back cluster',
    'candidate.set': 'Started a trial on cluster',
    'candidate.adopt': 'Adopted the trial of cluster',
    'candidate.remove': 'Ended the trial on cluster',
    'simulation.spike': 'Simulated a load spike on cluster',
    'simulation.pattern': 'Simulated another load on cluster',
    'simulation.kill_servers': 'Simulated a crash on cluster',
  },
  Backtests: {
    'backtest.create': 'Started a backtest of cluster',
    'backtest.cancel': 'Canceled a backtest of cluster',
    'backtest.remove': 'Deleted a backtest of cluster',
  },
  Connections: {
    'connection.create': 'Created connection',
    'connection.update': 'Changed connection',
    'connection.rotate': 'Replaced secrets of connection',
    'connection.delete': 'Deleted connection',
    'connection.test': 'Tested connection',
    'connection.import': 'Imported clusters from connection',
  },
  Accounts: {
    'user.create': 'Created account',
    'user.change_role': 'Changed the role of account',
    'user.change_scope': 'Changed the visible clusters of account',
    'user.change_password': 'Changed the password of account',
    'user.disable': 'Disabled account',
    'user.enable': 'Enabled account',
    'user.delete': 'Deleted account',
    'alerts.webhook.set': 'Set the alert webhook of account',
    'alerts.webhook.remove': 'Removed the alert webhook of account',
  },
  Logins: {
    'auth.login': 'Login',
    'auth.logout': 'Logout',
    'auth.register': 'Registration',
    'auth.lockout': 'Locked after failed logins:',
    'auth.rate_limit': 'Too many attempts to log in',
  },
  Service: {
    'operations.freeze': 'Stopped all scaling',
    'operations.unfreeze': 'Allowed scaling again',
    'operations.removals.release': 'Released held removals',
  },
};

/** The kinds of targets that a group's first choice stands for. */
const KINDS: Readonly<Record<string, string>> = {
  Clusters: 'cluster',
  Backtests: 'backtest',
  Connections: 'connection',
  Accounts: 'user',
};

const WORDS = new Map(Object.values(ACTIONS).flatMap((actions) => Object.entries(actions)));

/** An action as a sentence, which the name of its target may follow; an unknown one stays a code. */
export function actionWords(action: string): string {
  return WORDS.get(action) ?? action;
}

/** Choices of the filter: single actions, and `kind:cluster` for all that is done to clusters. */
export const CHOICES = Object.entries(ACTIONS).map(([group, actions]) => ({
  group,
  items: [
    ...(KINDS[group] === undefined
      ? []
      : [{ value: `kind:${KINDS[group]}`, label: `Anything on ${group.toLowerCase()}` }]),
    ...Object.entries(actions).map(([value, words]) => ({
      value,
      label: words.replace(/( of| on| from)? (cluster|account|connection)$|:$/, ''),
    })),
  ],
}));
