/** The cluster's DNS pods, as most clusters have them. Source: kubernetes.io, Debugging DNS Resolution: the label is the same for all DNS servers. */
export const KUBE_DNS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, port: 53 } as const;
