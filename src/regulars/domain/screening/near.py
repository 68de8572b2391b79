"""As `people`, for languages in which a word of health near a word for a person is the best sign."""

from typing import Final

from regulars.domain.guarded import Guarded, any_of


def _near(person: str, chars: int, terms: dict[str, str]) -> dict[str, Guarded]:
    """Within so many characters, in one clause."""
    return {
        category: Guarded(rf"(?:{person})[^\n.,!?;\u3002\uff0c\uff01\uff1f।]{{0,{chars}}}?{any_of(found)}")
        for category, found in terms.items()
    }


CHINESE: Final = _near(
    "我|他|她|咱|妈|爸|父亲|母亲|老公|老婆|妻子"
    "|丈夫|儿子"
    "|女儿|孩子|婴儿|客户|顾客|用户|奶奶|爷爷"
    "|家人|兄弟|姐|妹|哥|弟",
    10,
    {
        "HEALTH": "怀孕 / 糖尿病 / 癌 / 肿瘤 / 拑郁症 / 抑郁 / 焦虑症 / 艾滋 / 哮喘 / 癫痫"
        " / 过敏 / 残疾 / 轮椅 / 住院 / 手术 / 化疗"
        " / 胰岛素 / 高血压 / 心脏病 / 生病 / 自闭症"
        " / 肝炎 / 流产 / 中风 / 老年痴呆 / 患有 / 确诊"
        " / 看病 / 吃药 / 精神病 / 耳聋 / 失明 / 新冠",
        "RELIGION": "穆斯林 / 佛教 / 基督徒 / 基督教 / 天主教 / 伊斯兰 / 犹太 / 道教 / 无神论"
        " / 信仰 / 信教 / 教堂 / 清真寺 / 回教 / 信佛",
        "ORIENTATION": "同性恋 / 双性恋 / 跨性别 / 变性 / 性取向 / 同志(?!们) / 拉拉(?:\\W|$) / 出柜",
        "POLITICS": "共产党 / 党员 / 民进党 / 国民党 / 工会会员 / 政治观点 / 支持特朗普 / 共和党 / 民主党",
        "ETHNICITY": "维吾尔 / 藏族 / 回族 / 蒙古族 / 满族 / 壮族 / 苗族 / 少数民族 / 汉族 / 黑人 / 白人 / 混血"
        " / 朝鲜族",
    },
)
HINDI: Final = _near(
    "मुझे|मैं|मेर[ीाे]|हम"
    "|उसे|उसकी|ग्राहक"
    r"|\b(?:mujhe|main|mai|mere|meri|mera|hum|usko|usse|grahak)\b",
    30,
    {
        "HEALTH": "मधुमेह / डायबिटीज / शुगर की / कैंसर / गर्भवती"
        " / प्रेग्नेंट / अस्थमा"
        " / दमा / एलर्जी / अस्पताल"
        " में / बीमार"
        " / विकलांग / एचआईवी"
        " / डिप्रेशन / ऑपरेशन"
        " / दिल की बीमारी /"
        " इंसुलिन / ब्लड प्रेशर"
        r" / \b(?:diabetes|sugar ki bimari|cancer|pregnant|asthma|allergy|depression|hospital mein|bimar|hiv|insulin"
        r"|viklang)\b",
        "RELIGION": "मुसलमान / मुस्लिम / हिंदू / हिन्दू / ईसाई / सिख / बौद्ध / जैन (?:ह|परि) / नास्तिक / धर्म"
        r" / \b(?:muslim|musalman|hindu|sikh|isai|christian|jain hoon|dharm)\b",
        "ORIENTATION": "समलैंगिक / गे (?:हूँ|हूं) / ट्रांसजेंडर / लेस्बियन",
        "POLITICS": "भाजपा / कांग्रेस / आम आदमी पार्टी / वोट (?:दिया|देत)",
        "ETHNICITY": "दलित / आदिवासी / ब्राह्मण / जाति",
    },
)  # fmt: skip
