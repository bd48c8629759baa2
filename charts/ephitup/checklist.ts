import type { Checklist } from '../../lib/model/about';

/** Source: the seed, "Deployment Checklist". */
export const checklist: Checklist = {
  'Pre-Deployment': {
    'Commit all code to GitHub': 'open',
    'Images are pushed': 'images',
    'Ensure migrations are ready': 'migrationsTested',
    'Add environment variables': 'variables',
    'Backups, since the data is in one volume': 'backups',
  },
  Deployment: {
    Apply: 'apply',
    'Run migrations': 'migrations',
    'Verify health checks': 'healthChecks',
    'TLS at the edge': 'certificates',
  },
  'Post-Deployment': {
    'A drill has restored a backup': 'drills',
    'Log in, create a podcast, play it': 'open',
  },
};
