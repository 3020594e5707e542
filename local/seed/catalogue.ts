/** What the shop sells and where. Money in CNY, major units, as the Segment e-commerce events carry it. */
export interface Product {
  readonly product_id: string;
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

const range = (category: string, firstId: number, goods: Readonly<Record<string, number>>): Product[] =>
  Object.entries(goods).map(([name, price], index) => ({ product_id: `P${firstId + index}`, name, category, price }));

export const PRODUCTS: readonly Product[] = [
  ...range('跑步', 1001, { 轻云跑鞋: 899, 破风跑鞋: 1299, 速干短袖: 159, 压缩长裤: 329.5, 运动腰包: 89 }),
  ...range('户外', 2001, { 三合一冲锋衣: 1499, 徒步鞋: 799, 双人帐篷: 1099, 登山杖: 199.9, 保温壶: 129 }),
  ...range('瑜伽', 3001, { 瑜伽垫: 239, 瑜伽服: 349, 泡沫轴: 79.9, 弹力带: 39.9 }),
  ...range('童装', 4001, { 儿童跑鞋: 399, 儿童羽绒服: 699, 儿童卫衣: 199, 遮阳帽: 69 }),
  ...range('配件', 5001, { 运动袜三双装: 49.9, 跑步手表: 1999, 骨传导耳机: 898, 健身手套: 59 }),
];

/** The product of the seed story. */
export const STORY_PRODUCT = PRODUCTS[0] ?? { product_id: 'P1001', name: '轻云跑鞋', category: '跑步', price: 899 };

export const STORES: readonly string[] = ['S01', 'S02', 'S03', 'S04', 'S05', 'S06'];

export const SEARCHES: readonly string[] = ['跑鞋', '冲锋衣', '瑜伽垫', '儿童 羽绒服', 'running shoes', '帐篷', '耳机'];

/** A line of a cart or an order. */
export interface Line {
  readonly product: Product;
  readonly quantity: number;
}

/** Properties that every event about one product carries. */
export const productProperties = ({ product_id, name, category, price }: Product): Record<string, unknown> => ({
  product_id,
  name,
  category,
  price,
  currency: 'CNY',
});

/** Two decimals: adding prices up in floating point would otherwise show. */
export const yuan = (amount: number): number => Math.round(amount * 100) / 100;

/** Properties of an order: its lines and what they cost. */
export const orderProperties = (lines: readonly Line[], discount = 0): Record<string, unknown> => {
  const goods = lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);
  return {
    total: yuan(goods - discount),
    revenue: yuan(goods - discount),
    ...(discount > 0 ? { discount } : {}),
    currency: 'CNY',
    products: lines.map(({ product: { product_id, name, category, price }, quantity }) => ({
      ...{ product_id, name, category, price, quantity },
    })),
  };
};
