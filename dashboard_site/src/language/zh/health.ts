// 健康度页面的文字。
import type * as english from "../en/health.ts";

export const healthWords: Record<keyof typeof english.healthWords, string> = {
  vitals: "网页指标",
  vitalsNote: "第 75 百分位，{0} 次页面加载",
  timings: "哪里较慢",
  loads: "加载次数",
  timing_load: "加载",
  timing_lcp: "最大内容绘制",
  timing_inp: "输入响应",
  timing_cls: "布局偏移",
  timing_fcp: "首次绘制",
  timing_ttfb: "首字节",
  grade_good: "良好",
  grade_needs: "需改进",
  grade_poor: "较差",
  grade_few: "样本少",
  gradeShares: "良好 {0} · 需改进 {1} · 较差 {2}",
  fewLoads: "样本少：{0} 次测量",
  notMeasured: "此时间范围内没有测量。",
  measured: "{0} 次测量",
  milliseconds: "{0} 毫秒",
  seconds: "{0} 秒",
};
