/**
 * Errors: one class for each decision that a caller can make. Each carries a stable `code`; messages name the value,
 * the limit and what to do.
 */

export class MetricsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A registry was configured wrongly. The message lists every problem, not only the first. Nothing was created. */
export class ConfigurationError extends MetricsError {
  constructor(subject: string, problems: readonly string[]) {
    super('ERR_CONFIGURATION', `${subject}: ${problems.join('; ')}`);
  }
}

/** A buffer is no arena, or an arena of another layout. The buffer was read, never written. */
export class LayoutMismatchError extends MetricsError {
  constructor(message: string) {
    super('ERR_LAYOUT_MISMATCH', message);
  }
}

/** A definition found no space. Nothing was defined; recording is never affected, it goes to an overflow series. */
export class ArenaFullError extends MetricsError {
  constructor(message: string) {
    super('ERR_ARENA_FULL', message);
  }
}

/** A snapshot was read after its time. Nothing else is affected. */
export class StaleSnapshotError extends MetricsError {
  constructor(message: string) {
    super('ERR_STALE_SNAPSHOT', message);
  }
}

/** A family is already defined differently. The existing definition stays as it is. */
export class DefinitionConflictError extends MetricsError {
  constructor(message: string) {
    super('ERR_DEFINITION_CONFLICT', message);
  }
}

/** A snapshot of another process is damaged, or of another format. Nothing of it is shown. */
export class SnapshotFormatError extends MetricsError {
  constructor(message: string) {
    super('ERR_SNAPSHOT_FORMAT', message);
  }
}
