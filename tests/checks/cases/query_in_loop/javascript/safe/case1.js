const f = (ids) => prisma.order.findMany({ where: { id: { in: ids } } });
