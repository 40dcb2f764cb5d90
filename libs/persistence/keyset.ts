import { controlLimits, type PageWindow } from '#libs/control/domain';

/** Lists by (created_at, id), one entry more than asked for: it says whether there is a next page. */
export const keysetOrder = (window: PageWindow): { orderBy: ({ createdAt: 'asc' } | { id: 'asc' })[]; take: number } =>
  ({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], take: window.limit + 1 });

export const keysetAfter = ({ after }: PageWindow): { OR?: ({ createdAt: Date | { gt: Date }; id?: { gt: string } })[] } =>
  (after === null ? {} : { OR: [{ createdAt: { gt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }] });

/** Counting stops one beyond the limit of exact totals. */
export const countTake = controlLimits.totalCountMax + 1;
