// An app as cdk8s apps are usually written, which `npm run bench` measures: one chart that includes the shared objects from a file, and has
// an ApiObject for each object of a tenant. It reads shared.yaml and workload.json of the current folder.
import { readFileSync } from 'node:fs';
import { ApiObject, App, Chart, Include } from 'cdk8s';
import { objectsOf, type Workload } from './workload';

const workload: Pick<Workload, 'each' | 'tenants'> = JSON.parse(readFileSync('workload.json', 'utf8'));
const app = new App();
const chart = new Chart(app, 'salient');
new Include(chart, 'shared', { url: 'shared.yaml' });
for (const tenant of workload.tenants) {
  for (const object of objectsOf(workload, tenant)) {
    new ApiObject(chart, `${object.kind}-${tenant.slug}`, object);
  }
}
app.synth();
