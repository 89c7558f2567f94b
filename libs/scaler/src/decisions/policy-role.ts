/** Whose decision it is: that of the policy in force, or of the candidate that is tried beside it. */
export const POLICY_ROLES = ['acting', 'candidate'] as const;
export type PolicyRole = (typeof POLICY_ROLES)[number];
