/** `acting`: the policy in force; `candidate`: the policy on trial, which does not act. */
export const POLICY_ROLES = ['acting', 'candidate'] as const;
export type PolicyRole = (typeof POLICY_ROLES)[number];
