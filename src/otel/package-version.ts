/** Package version: what this package calls itself in telemetry. A test compares it with package.json. */
export const PACKAGE_NAME = 'threadtally';
export const PACKAGE_VERSION = '0.1.0';
