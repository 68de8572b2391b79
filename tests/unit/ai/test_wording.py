"""How a customer's sentence is told in the third person, and when their own words are kept."""

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.ai.rules import commitments, dates, person, phrasing, reference, verbs

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def told(said: str, *, listener: str | None = None, after: str | None = None) -> str | None:
    return phrasing.third_person(phrasing.trimmed(said, listener), "Ana", listener, after=after)


TOLD = """
Really disappointed with my boots => Ana is really disappointed with their boots.
idk my balance => Ana doesn't know their balance.
me and my husband adore Paris => Ana and their husband adore Paris.
I've moved to Leeds with my two kids and we love it => Ana has moved to Leeds with their two kids and they love it.
I run and swim => Ana runs and swims.
I run three times a week and swim on Sundays => Ana runs three times a week and swims on Sundays.
I cook, clean and work from home => Ana said that they cook, clean and work from home.
I bake bread every Sunday => Ana bakes bread every Sunday.
I teach yoga and fix old bikes => Ana said that they teach yoga and fix old bikes.
I watch a lot of films => Ana watches a lot of films.
I worry about my exams => Ana worries about their exams.
I do karate and I am learning to ski => Ana does karate and they are learning to ski.
I have a dog and a cat => Ana has a dog and a cat.
I don't eat meat => Ana doesn't eat meat.
I didn't get the job => Ana didn't get the job.
I never drink coffee => Ana never drinks coffee.
I haven't been to Rome yet => Ana hasn't been to Rome yet.
I'm not moving after all => Ana is not moving after all.
I no longer work at the bank => Ana no longer works at the bank.
I almost bought the red car => Ana almost bought the red car.
I can't swim => Ana can't swim.
I won't be home on Monday => Ana won't be home on Monday.
I would never sell my bike => Ana would never sell their bike.
I used to play the violin => Ana used to play the violin.
I'm going to start a business => Ana is going to start a business.
I'm gonna visit my cousin => Ana is going to visit their cousin.
I was born in Kenya => Ana was born in Kenya.
I was told to wait => Ana was told to wait.
I was given a new phone by my sister => Ana was given a new phone by their sister.
I've been learning Spanish for two years => Ana has been learning Spanish for two years.
I'd love to see the northern lights => Ana would love to see the northern lights.
I'd been there before => Ana had been there before.
I'd rather stay at home => Ana would rather stay at home.
I kind of like jazz => Ana kind of likes jazz.
I read a lot of novels => Ana said that they read a lot of novels.
I always read before bed => Ana always reads before bed.
I put my savings into the studio => Ana said that they put their savings into the studio.
I think my plan is too expensive => Ana thinks their plan is too expensive.
I hope my order is not lost => Ana hopes their order is not lost.
I guess I'll try again => Ana guesses they will try again.
I wish I had more time => Ana wishes they had more time.
If I had the money, I would travel => If Ana had the money, they would travel.
If I can't get a refund I'm leaving => If Ana can't get a refund they are leaving.
When I was young I lived in Kenya => When Ana was young they lived in Kenya.
When I was a kid, my dad taught me to fish => When Ana was a kid, their dad taught them to fish.
Although I like my job, I'm looking for a new one => Although Ana likes their job, they are looking for a new one.
Since we last talked, I got a puppy => Ana got a puppy.
Last week I went to a pottery class => Last week Ana went to a pottery class.
In 2019 we bought a house in York => In 2019 Ana bought a house in York.
After the divorce I moved to Leeds => After the divorce Ana moved to Leeds.
Sometimes I paint with my kids => Sometimes Ana paints with their kids.
Recently I started running => Recently Ana started running.
My mum said I should rest => Ana's mum said Ana should rest.
My kids said I should rest => Ana's kids said Ana should rest.
My kids love my cooking => Ana's kids love Ana's cooking.
My sister, who I love, lives in Spain => Ana's sister, who Ana loves, lives in Spain.
My best friend and I opened a bakery => Ana and their best friend opened a bakery.
My wife and I are getting divorced => Ana and their wife are getting divorced.
Last week my wife and I went camping => Last week Ana and their wife went camping.
My dog's name is Rex => Ana's dog's name is Rex.
My parents' house was sold => Ana's parents' house was sold.
My son turns five in May => Ana's son turns five in May.
My car broke down and I was late => Ana's car broke down and Ana was late.
My favorite book is Dune => Ana's favorite book is Dune.
Our flat has two bedrooms => Ana's flat has two bedrooms.
We adopted two kittens => Ana adopted two kittens.
We all love the beach => Ana said that they all love the beach.
We back each other up => Ana said that they back each other up.
We're a family of five => Ana said that they are a family of five.
A friend of mine bought me a bowl => Ana said that a friend of theirs bought them a bowl.
I bought shoes for myself => Ana said that they bought shoes for themselves.
I taught myself to knit => Ana said that they taught themselves to knit.
I told my parents I was leaving => Ana told their parents Ana was leaving.
I met people who helped me => Ana met people who helped Ana.
I told them that my order was late => Ana told them that Ana's order was late.
My neighbours think I'm loud and they complain => Ana's neighbours think Ana is loud and they complain.
I love my kids and they love me => Ana loves their kids and they love Ana.
I'm so lucky to have my family; they bring so much joy => Ana is so lucky to have their family; they bring so much joy.
The kids loved the zoo => Ana said that the kids loved the zoo.
The book I'm reading is great => Ana said that the book they are reading is great.
There is a hole in my jacket => Ana said that there is a hole in their jacket.
There are two cats in our garden => Ana said that there are two cats in their garden.
Painting helps me relax => Ana said that painting helps them relax.
Having a garden is wonderful => Ana said that having a garden is wonderful.
Having fun with my sister in Rome => Ana is having fun with their sister in Rome.
Everyone in my family plays an instrument => Ana said that everyone in Ana's family plays an instrument.
Work is hard but I enjoy it => Ana said that work is hard but they enjoy it.
Dune is my favorite book => Ana said that Dune is their favorite book.
Yoga keeps me calm => Ana said that yoga keeps them calm.
Swimming is my thing => Ana said that swimming is their thing.
It was raining when I left => Ana said that it was raining when they left.
It's important to me that we recycle => Ana said that it's important to them that they recycle.
You guys sent me the wrong size => Ana said that the business sent them the wrong size.
I don't like what you sent me => Ana doesn't like what the business sent them.
I talked to you about my bill => Ana talked to the business about their bill.
Your app keeps logging me out => Ana said that the business's app keeps logging them out.
Your driver was rude to me => Ana said that the business's driver was rude to them.
Please send me a new card => Ana asked the business to send them a new card.
Can you please cancel my subscription? => Ana asked the business to cancel their subscription.
Could you not call me before nine? => Ana asked the business not to call them before nine.
Please don't text me at night => Ana asked the business not to text them at night.
Stop emailing me => Ana asked the business to stop emailing them.
Can I change my seat? => Ana asked whether they can change their seat.
Still waiting for my parcel => Ana is still waiting for their parcel.
Just got back from Lisbon => Ana just got back from Lisbon.
Went to the zoo with my kids => Ana went to the zoo with their kids.
Had a great time in Rome => Ana had a great time in Rome.
Can't wait to see my sister => Ana can't wait to see their sister.
Love hiking with my dogs! => Ana loves hiking with their dogs.
Loving my new job => Ana is loving their new job.
Been feeling tired lately => Ana has been feeling tired lately.
Want a refund => Ana wants a refund.
Don't want a voucher => Ana doesn't want a voucher.
Wish I had a garden => Ana wishes they had a garden.
Thought I would hate it => Ana thought they would hate it.
Excited to start my course => Ana is excited to start their course.
dont like my new phone => Ana doesn't like their new phone.
im vegan and ive two cats => Ana is vegan and they have two cats.
i cant sleep => Ana can't sleep.
I cant wait cuz i love snow => Ana can't wait because they love snow.
ur app is down => Ana said that the business's app is down.
MY HOME BUTTON DOESN'T WORK => Ana's home button doesn't work.
I love NASA and the BBC => Ana loves NASA and the BBC.
I live in the US => Ana lives in the US.
Hi there, I live in Leeds, thanks! => Ana lives in Leeds.
Oh no, I lost my keys => Ana lost their keys.
Yeah, I work nights => Ana works nights.
Well, actually I prefer tea => Ana prefers tea.
I'm so excited to tell you I started a course => Ana started a course.
Thanks for asking, my leg is fine => Ana's leg is fine.
I loved reading "Dune" as a kid => Ana loved reading "Dune" as a kid.
I joined a club (a small one) in May => Ana joined a club (a small one) in May.
I zorble my card => Ana zorbles their card.
I adore Paris, especially in spring => Ana adores Paris, especially in spring.
I failed my exam but I'm not giving up => Ana failed their exam but they are not giving up.
I was sick and was sad => Ana was sick and was sad.
I want to learn and grow => Ana said that they want to learn and grow.
I can dance and have a band => Ana said that they can dance and have a band.
I love music and dance => Ana said that they love music and dance.
I run a shop and my sister helps me => Ana runs a shop and Ana's sister helps them.
I know nothing about cars => Ana knows nothing about cars.
I feel nothing => Ana feels nothing.
I doubt that I'll pass => Ana doubts that they will pass.
I'm not sure whether I can come => Ana is not sure whether they can come.
I only eat fish if my wife cooks it => Ana only eats fish if their wife cooks it.
I left my phone, my keys and my wallet at home => Ana left their phone, their keys and their wallet at home.
I owe my success to my grandmother => Ana owes their success to their grandmother.
I bought 3 tickets for $45.50 at 7pm => Ana bought 3 tickets for $45.50 at 7pm.
I'm 34 and single => Ana is 34 and single.
I moved out when my parents split up => Ana moved out when their parents split up.
I've never been happier => Ana has never been happier.
I could not have done it without my team => Ana could not have done it without their team.
Nobody in my office knows me => Ana said that nobody in their office knows them.
I always wanted to be a nurse, but my father said no => Ana always wanted to be a nurse, but their father said no.
My wife works and I study => Ana's wife works and Ana studies.
My sister Eva and I own a farm => Ana and their sister Eva own a farm.
We're a couple with two kids => Ana said that they are a couple with two kids.
We are getting married in June => Ana is getting married in June.
I got my degree and am looking for work => Ana got their degree and is looking for work.
I was told my flight was late and was offered tea => Ana was told their flight was late and was offered tea.
I have three kids, two dogs and a cat => Ana has three kids, two dogs and a cat.
I do => Ana does.
I'm in a band that plays jazz => Ana is in a band that plays jazz.
My daughter and her friends love it => Ana's daughter and her friends love it.
I told her that I would wait => Ana told her that they would wait.
I gave him my number => Ana gave him their number.
I asked my doctor if I could run again => Ana asked their doctor if they could run again.
My boss thinks I work too hard => Ana's boss thinks Ana works too hard.
My girlfriend and I have been together for five years => Ana and their girlfriend have been together for five years.
I may not be able to come => Ana may not be able to come.
I don't think I want to go => Ana doesn't think they want to go.
I don't like running but I love swimming => Ana doesn't like running but they love swimming.
I have never liked my job and don't want to stay => Ana has never liked their job and doesn't want to stay.
I should have called my mother => Ana should have called their mother.
I'd have bought it if I had known => Ana would have bought it if they had known.
I barely know my neighbours => Ana barely knows their neighbours.
Luckily, I found my ring => Luckily, Ana found their ring.
On Fridays I play chess => On Fridays Ana plays chess.
As a nurse, I work nights => As a nurse, Ana works nights.
My phone won't charge unless I hold the cable => Ana's phone won't charge unless Ana holds the cable.
I use my bike instead of my car => Ana uses their bike instead of their car.
I have to take my cat to the vet => Ana has to take their cat to the vet.
I feel like myself again => Ana said that they feel like themselves again.
I made my own dress => Ana made their own dress.
I enjoy cooking, reading and swimming => Ana enjoys cooking, reading and swimming.
I try to eat well and get enough sleep => Ana said that they try to eat well and get enough sleep.
I lost my job last year and now I'm retraining => Ana lost their job last year and now they are retraining.
"""


@pytest.mark.parametrize(("said", "expected"), [line.split(" => ") for line in TOLD.strip().splitlines()])
def test_told(said: str, expected: str) -> None:
    assert told(said) == expected


KEPT = """
Promised a refund
I absolutley love dogs
Charged me twice
Offered a voucher for my trip
Here are my photos
It was a lesson for us all
me and my team had fun and me and my team won
Because I love it
My advice: stay calm
We both work nights
One of us was hurt
That bike is mine
I told my friends about myself
I hope they come soon
They told me it was lost
They always forget my name
It makes you feel alive
You never know
I love how you explain things
I follow your advice every day
Do you have this in blue?
My plan is Basic, right?
Should I send it back?
Don't miss it
Let's go there together
Check out my new painting
Keep going
Such a great day!
What a day!
No sound at all
Happy birthday
I said "I quit" and left
He said 'I will pay' to me
I pre ordered the game
I, too, love cats
So do I
Nor should I
Taller than I
Neither my wife nor I drink
After I updated my phone
I love you
Thank you for your help
"""


@pytest.mark.parametrize("said", KEPT.strip().splitlines())
def test_not_told_in_other_words(said: str) -> None:
    assert told(said) is None


def test_the_customer_without_a_name() -> None:
    assert phrasing.third_person("I told them that my order was late", None) == (
        "The customer told them that the customer's order was late."
    )


def test_a_name_is_repeated_by_its_first_part() -> None:
    assert phrasing.third_person("My kids love my cooking", "Ana Lima") == "Ana Lima's kids love Ana's cooking."


@pytest.mark.parametrize(
    ("before", "said", "expected"),
    [
        ("My kids went camping", "They loved it!", "They loved it."),
        ("I adopted a pup", "She brings so much joy", "She brings so much joy."),
        ("I adopted a pup", "It makes me happy", "It makes Ana happy."),
        ("I met my friends", "They told me I should rest", "They told Ana that Ana should rest."),
        ("I work in Leeds", "I love it there", "Ana loves it there."),
        ("I work in Leeds", "They told me to leave", None),
    ],
)
def test_told_after_another_sentence(before: str, said: str, expected: str | None) -> None:
    assert told(said, after=before) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Mel, I moved to Leeds", "Ana moved to Leeds."),
        ("I moved to Leeds, Melanie!", "Ana moved to Leeds."),
        ("Thanks Mel, I moved to Leeds", "Ana moved to Leeds."),
        ("Could you send me the recipe?", "Ana asked Melanie to send them the recipe."),
        ("Your app keeps logging me out", None),
        ("I told you about my sister", None),
    ],
)
def test_a_person_listens(said: str, expected: str | None) -> None:
    assert told(said, listener="Melanie") == expected


@pytest.mark.parametrize(
    ("said", "listener", "expected"),
    [
        ("Hey Mel, they never called!! thanks", "Melanie", 'Ana said: "They never called"'),
        ("You inspire me", "Melanie", 'Ana said to Melanie: "You inspire me"'),
        ("You inspire me", None, 'Ana said: "You inspire me"'),
        ("Did you sell your bike?", "Melanie", 'Ana asked Melanie: "Did you sell your bike?"'),
        ("hi, do you open on Sundays?", None, 'Ana asked: "Do you open on Sundays?"'),
        ('He said "no" to me', None, "Ana said: \"He said 'no' to me\""),
        ("THEY NEVER CALLED ME BACK", None, 'Ana said: "They never called me back"'),
        ("thanks", None, 'Ana said: "Thanks"'),
    ],
)
def test_quoted(said: str, listener: str | None, expected: str) -> None:
    assert phrasing.quoted(said, "Ana", listener) == expected


@pytest.mark.parametrize(
    ("said", "on_sunday", "on_wednesday"),
    [
        (
            "no signal since last night",
            "no signal since the night of 2026-11-21",
            "no signal since the night of 2026-11-24",
        ),
        ("yesterday was hard", "2026-11-21 was hard", "2026-11-24 was hard"),
        ("meet tomorrow at 3", "meet on 2026-11-23 at 3", "meet on 2026-11-26 at 3"),
        ("over a year ago", "over a year ago (said on 2026-11-22)", "over a year ago (said on 2026-11-25)"),
        ("10 years ago", "around 2016", "around 2016"),
        ("a week ago", "around 2026-11-15", "around 2026-11-18"),
        ("a few years back", "a few years back (said on 2026-11-22)", "a few years back (said on 2026-11-25)"),
        ("last weekend", "last weekend (said on 2026-11-22)", "last weekend (2026-11-21 and 2026-11-22)"),
        ("this weekend", "this weekend (said on 2026-11-22)", "this weekend (2026-11-28 and 2026-11-29)"),
        ("next weekend", "next weekend (said on 2026-11-22)", "next weekend (said on 2026-11-25)"),
        ("for next month", "for next month (December 2026)", "for next month (December 2026)"),
        ("all this week", "all this week (the week of 2026-11-16)", "all this week (the week of 2026-11-23)"),
        ("over the last year", "over the last year", "over the last year"),
        ("this summer", "this summer (2026)", "this summer (2026)"),
        ("last summer", "last summer (said on 2026-11-22)", "last summer (said on 2026-11-25)"),
        ("on the 5th we fly", "on the 5th (said on 2026-11-22) we fly", "on the 5th (said on 2026-11-25) we fly"),
        ("on the 5th of May", "on the 5th of May", "on the 5th of May"),
        ("in two years", "in two years (said on 2026-11-22)", "in two years (said on 2026-11-25)"),
        ("will ship in 3 days", "will ship in 3 days (around 2026-11-25)", "will ship in 3 days (around 2026-11-28)"),
        ("finished in 3 days", "finished in 3 days", "finished in 3 days"),
        ("we met last Friday", "we met last Friday (said on 2026-11-22)", "we met last Friday (2026-11-20)"),
        ("was delivered Friday", "was delivered Friday (2026-11-20)", "was delivered Friday (2026-11-20)"),
        ("every Friday", "every Friday", "every Friday"),
        ("Black Friday", "Black Friday", "Black Friday"),
        ("today's world", "today's world", "today's world"),
        ("last Friday (2026-11-20)", "last Friday (2026-11-20)", "last Friday (2026-11-20)"),
    ],
)
def test_dates(said: str, on_sunday: str, on_wednesday: str) -> None:
    assert dates.resolve(said, SUNDAY) == on_sunday
    assert dates.resolve(said, WEDNESDAY) == on_wednesday


def test_dates_in_a_quotation_stand_beside_the_words() -> None:
    said = 'Ana said: "It broke yesterday"'
    assert dates.resolve(said, SUNDAY, keep=True) == 'Ana said: "It broke yesterday [2026-11-21]"'


@pytest.mark.parametrize(
    "said",
    [
        "It was amazing",
        "I love it so much",
        "They are so kind",
        "She is my best friend",
        "I met him in Rome",
        "That was hard",
        "This is my new bike",
        "I love these boots",
        "Because it broke",
        "I hope so",
        "I will",
    ],
)
def test_points_outside_itself(said: str) -> None:
    assert reference.dangles(said)
    assert reference.self_contained(said, []) is None


@pytest.mark.parametrize(
    "said",
    [
        "I bought a bike and I love it",
        "My kids are happy when they swim",
        "My sister lost her job",
        "I met Tom and I like him",
        "It's important to me to vote",
        "I think that dogs are great",
        "I moved this week",
        "It was raining when I left",
        "I live in York",
    ],
)
def test_stands_alone(said: str) -> None:
    assert reference.self_contained(said, ["I have a cat"]) == said


@pytest.mark.parametrize(
    ("said", "before", "expected"),
    [
        ("It was amazing", ["I went to Rome"], "I went to Rome; it was amazing"),
        ("It was fun", ["I have a dog", "I ran a race."], "I ran a race; it was fun"),
        ("She loved it", ["My sister came", "We saw it"], "My sister came; we saw it; she loved it"),
        ("Because it broke", ["I sold my car"], "I sold my car, because it broke"),
        ("It was fun", ["Did you see the race?"], None),
        ("It was fun", ["They saw it", "They saw it", "They saw it"], None),
        ("It was fun", ["I ran a race " + "and a race " * 30], None),
    ],
)
def test_joined_with_what_it_leans_on(said: str, before: list[str], expected: str | None) -> None:
    assert reference.self_contained(said, before) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Your plan is Basic Plus.", "Ana was told that their plan is Basic Plus."),
        ("Your subscription renews on 1 May", "Ana was told that their subscription renews on 1 May."),
        ("I'll give you a call by Friday", "Ana was promised that the business will give them a call by Friday."),
        ("We have contacted the store", "Ana was told that the business has contacted the store."),
        ("We have contacted the store and they refused", None),
        ("Your plan is Basic, right?", None),
        ("Your painting is lovely", None),
        ("We'll refund your order if you return it", None),
    ],
)
def test_commitments(said: str, expected: str | None) -> None:
    assert commitments.commitment(said, "Ana") == expected


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("study", "studies"), ("play", "plays"), ("watch", "watches"), ("do", "does"), ("have", "has"),
        ("echo", "echoes"), ("saw", "saw"), ("painted", "painted"),
        ("need", "needs"), ("read", None), ("into", None), ("running", None),
    ],
)  # fmt: skip
def test_the_form_after_a_name(verb: str, expected: str | None) -> None:
    assert verbs.singular(verb) == expected


PARTS = (
    "I / we / my / our / me / us / myself / mine / you / your / they / their / it / she / not / never / don't / won't"
    " / no / nobody / without / if / and / but / , / . / ? / ! / ; / : / \" / ( / ) / ' / love / run / was / am / have"
    " / put / to / the dog / my kids / Tom / yesterday / next Friday / in 3 days / two weeks ago / please"
    " / because / when"
    " / one of / said / guys / said that / my wife and I / me and my / hi / thanks / MY ORDER / i / im / dont / 7"
    " / \u00e9 / &"
)
sentences = st.lists(st.sampled_from(PARTS.split(" / ")), max_size=16).map(" ".join) | st.text(max_size=60)
DENIALS = re.compile(r"\b(?:not|never|no|nobody|without|don't|doesn't|won't|if|because)\b", re.IGNORECASE)
FIRST_PERSON = re.compile(r"(?<![\w'])(?:i|me|my|mine|myself|we|our|ours|ourselves)(?![\w'])", re.IGNORECASE)


@given(sentences, st.sampled_from([None, "Ana", "Ana Lima"]), st.sampled_from([None, "Mel"]))
def test_whatever_is_said_the_wording_is_a_sentence(said: str, name: str | None, listener: str | None) -> None:
    trimmed = phrasing.trimmed(said, listener)
    content = phrasing.third_person(trimmed, name, listener)
    assert phrasing.quoted(said, name, listener).endswith('"')
    reference.dangles(trimmed)
    if content is not None:
        assert content.endswith((".", '."', '!"', '?"'))
        assert not FIRST_PERSON.search(re.sub(r'"[^"]*"', "", content))
        assert len(DENIALS.findall(content)) >= len(DENIALS.findall(trimmed))
        assert dates.resolve(content, SUNDAY)


@given(sentences, st.datetimes(timezones=st.just(UTC)))
def test_dates_never_fail(said: str, at: datetime) -> None:
    dates.resolve(dates.resolve(said, at), at)
    dates.resolve(said, at, keep=True)


@pytest.mark.parametrize(
    "unit",
    ["I ", "my ", "and ", "I run and ", "my wife and I ", "so ", "hi ", "thanks ", "yesterday ", "last ", "over a ",
     "a ", "please ", "it ", "not ", ", ", "'", '"', "(", "- ", "we talk ", "in 3 days ", "I am so excited to ",
     "since we last "],
)  # fmt: skip
def test_a_hostile_sentence_takes_little_time(unit: str) -> None:
    said = (unit * 8_000)[:8_000]
    started = time.perf_counter()
    trimmed = phrasing.trimmed(said, "Ann")
    phrasing.third_person(trimmed, "Ana")
    reference.dangles(trimmed)
    commitments.commitment(said, "Ana")
    dates.resolve(phrasing.quoted(said, "Ana"), SUNDAY)
    person.plain(said)
    assert time.perf_counter() - started < 0.5
