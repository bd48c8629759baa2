import type { Checklist } from '../../lib/pipeline/definition';

/** Source: the seed, "Production Deployment Checklist". */
export const checklist: Checklist = {
  'Pre-Deployment': {
    'Environment variables configured': 'variables',
    'SSL certificates obtained': 'certificates',
    'Database migrations tested': 'migrationsTested',
    'Backup strategy implemented': 'backups',
    'Monitoring configured': 'monitoring',
    'Load testing completed': 'load',
  },
  Deployment: {
    'Build all Docker images': 'images',
    'Push images to registry': 'images',
    'Deploy database first': 'databaseFirst',
    'Run migrations': 'migrations',
    'Deploy services': 'apply',
    'Verify health checks': 'healthChecks',
    'Test critical paths': 'smoke',
  },
  'Post-Deployment': {
    'Monitor metrics': 'monitoring',
    'Check error logs': 'open',
    'Verify backups': 'drills',
    'Update documentation': 'open',
    'Notify stakeholders': 'open',
  },
};
