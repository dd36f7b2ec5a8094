/** The format of snapshots. Counted up with every change of snapshot-format.ts, messages.ts and FamilyDescriptor. */
export const SNAPSHOT_FORMAT = 2;
