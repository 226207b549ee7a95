/** Under this name the settings of the shared servers are found. */
export const sharedIdentity = 'server/shared';
